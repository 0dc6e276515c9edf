public import Identity
public import TaskFlow
public import VolumeDriver

/// Every request that people and programs can make, whether this process or a daemon fulfils it.
///
/// A client acts in one scope: it sees and changes only what belongs to that project. A request that can't be fulfilled
/// throws a ``VolumeError`` that says what failed, why, what state things are in now, and what to do.
public protocol VolumeClient: AttachmentClient, HostClient, CheckupClient {
    /// The project and user on whose behalf it makes requests.
    var scope: Scope { get }
    /// The same client in another scope.
    func scoped(to scope: Scope) -> Self
    /// The same client, which calls `tell` each time a request enters another phase.
    func telling(_ tell: @escaping @Sendable (RequestPhase) -> Void) -> Self

    /// Makes all checks of the request that `body` makes of this client, without changing anything. `body` is left with
    /// an error where the request would start, carry on or wait for a flow.
    ///
    /// - Throws: what the request would throw, as far as that can be known beforehand.
    func rehearse(_ body: () async throws -> Void) async throws -> Rehearsal

    // MARK: Volumes

    /// Creates a volume. Returns when the volume is available, unless `control` says otherwise.
    func create(_ request: VolumeRequest, control: RequestControl) async throws(VolumeError) -> CreatedVolume
    /// Returns what ``create(_:control:)`` would do now, without changing or reserving anything. Throws its errors.
    func plan(_ request: VolumeRequest) async throws(VolumeError) -> VolumePlan
    /// Changes a volume's name or attributes.
    ///
    /// - Parameter reference: a complete name or id.
    @discardableResult
    func change(_ reference: String, _ change: VolumeChange) async throws(VolumeError) -> Volume
    /// Extends a volume. Returns when the volume has its new size, unless `control` says otherwise.
    ///
    /// - Parameters:
    ///   - reference: a complete name or id.
    ///   - size: the new size, or the amount to grow by.
    func resize(
        _ reference: String,
        to size: SizeExpression,
        control: RequestControl
    ) async throws(VolumeError) -> ResizedVolume
    /// Removes a volume and its data. Returns the flow that removes it when the volume is gone, unless `control` says
    /// otherwise. A volume that has snapshots is refused.
    ///
    /// - Parameter reference: a complete name or id.
    @discardableResult
    func delete(_ reference: String, control: RequestControl) async throws(VolumeError) -> FlowID
    /// Removes all snapshots of a volume, the newest first, each in a flow of its own that is waited for.
    ///
    /// - Parameter volume: the volume's complete name or id.
    func deleteSnapshots(of volume: String, control: RequestControl) async throws(VolumeError)
    /// Takes over an object of a pool's backend as a volume. Returns when the volume is available, unless `control` says
    /// otherwise.
    ///
    /// - Parameters:
    ///   - object: the object's name on the backend.
    ///   - name: the volume's name; `nil` for none.
    func adopt(
        _ object: String,
        in pool: String,
        as name: VolumeName?,
        control: RequestControl
    ) async throws(VolumeError) -> CreatedVolume
    /// Removes a volume's record and leaves its data in the pool.
    ///
    /// - Parameter reference: a complete name or id.
    @discardableResult
    func forget(_ reference: String, control: RequestControl) async throws(VolumeError) -> ForgottenVolume
    /// Moves a volume to another pool. Returns when it is there, unless `control` says otherwise.
    ///
    /// - Parameter reference: a complete name or id.
    @discardableResult
    func migrate(_ reference: String, to pool: String, control: RequestControl) async throws(VolumeError) -> Volume
    /// Gives a volume another type, and moves it to another pool if its own does not suit the type and `migrating`. Returns when
    /// it has the type, unless `control` says otherwise.
    ///
    /// - Parameter reference: a complete name or id.
    @discardableResult
    func retype(
        _ reference: String,
        to type: String,
        migrating: Bool,
        control: RequestControl
    ) async throws(VolumeError) -> Volume
    /// Gives a volume and its snapshots to another project.
    ///
    /// - Parameter reference: a complete name or id.
    @discardableResult
    func transfer(_ reference: String, to project: String) async throws(VolumeError) -> TransferredVolume
    /// Returns the volume with this name, id or beginning of an id.
    func find(_ reference: String) async throws(VolumeError) -> Volume
    /// Returns the volume with this complete name or id: for requests that change it.
    func volume(named reference: String) async throws(VolumeError) -> Volume
    /// Lists the project's volumes, oldest first, `size` volumes a page.
    ///
    /// - Parameter marker: the volume after which the list begins; `nil` for all volumes.
    func volumePages(after marker: VolumeID?, of size: Int) -> Pages<Volume>
    /// Asks the volume's pool for the state of the volume's data.
    func backendState(of volume: Volume) async -> BackendState
    /// Returns what is wrong with the volume's data; `nil` if nothing is, or if the volume's status promises no data.
    func flaw(of volume: Volume, _ presence: VolumePresence) async -> VolumeError?
    /// The volume's location on its backend, such as a path; empty while its driver has not been needed yet.
    func location(of volume: Volume) async -> String
    /// Creates the drivers of all pools that answer, so that ``location(of:)`` knows their volumes' locations.
    func prepareDrivers() async

    // MARK: Snapshots

    /// Creates a snapshot of a volume. Returns when the snapshot is available, unless `control` says otherwise.
    func createSnapshot(_ request: SnapshotRequest, control: RequestControl) async throws(VolumeError)
        -> CreatedSnapshot
    /// Removes a snapshot. Returns the flow that removes it when the snapshot is gone, unless `control` says otherwise.
    ///
    /// - Parameter reference: a complete name or id: `volume@name`, or `name` if no other snapshot has it.
    @discardableResult
    func deleteSnapshot(_ reference: String, control: RequestControl) async throws(VolumeError) -> FlowID
    /// Reverts a volume to one of its snapshots; data written since is lost. Returns when the volume is available,
    /// unless `control` says otherwise.
    ///
    /// - Parameters:
    ///   - volume: the volume's complete name or id.
    ///   - snapshot: the snapshot's complete name or id.
    /// - Returns: the flow that reverts the volume.
    @discardableResult
    func revert(_ volume: String, to snapshot: String, control: RequestControl) async throws(VolumeError) -> FlowID
    /// Returns the snapshot with this name, id or beginning of an id.
    func findSnapshot(_ reference: String) async throws(VolumeError) -> Snapshot
    /// Returns the snapshot with this complete name or id: for requests that change it.
    func snapshot(named reference: String) async throws(VolumeError) -> Snapshot
    /// Lists the snapshots of a volume or, without one, of the project, oldest first, `size` snapshots a page.
    ///
    /// - Parameter marker: the snapshot after which the list begins; `nil` for all snapshots.
    func snapshotPages(of volume: VolumeID?, after marker: SnapshotID?, size: Int) -> Pages<Snapshot>
    /// Asks the snapshot's pool for the state of the snapshot's data.
    func backendState(of snapshot: Snapshot) async -> BackendState
    /// The snapshot's location on its backend; empty while its driver has not been needed yet.
    func location(of snapshot: Snapshot) async -> String
    // MARK: Images

    /// Saves a volume, or a snapshot `volume@name`, as an image file, which must not exist. Returns when the file is
    /// complete, unless `control` says otherwise.
    ///
    /// - Parameters:
    ///   - reference: a complete name or id.
    ///   - image: the file, with an absolute path.
    func saveImage(
        of reference: String,
        to image: VolumeImage,
        control: RequestControl
    ) async throws(VolumeError) -> SavedImage

    // MARK: Pools

    /// Asks all pools for their status. The order is that of the configuration.
    func poolStatuses() async throws(VolumeError) -> [PoolStatus]
    /// Asks a pool for its status, including the space that its volumes really take.
    func poolStatus(_ name: String) async throws(VolumeError) -> PoolStatus
    /// Asks the pool's driver for its findings about the pool; empty if the driver has no health check.
    func poolHealth(_ name: String) async throws(VolumeError) -> [HealthFinding]
    /// Lists the objects on a pool's backend, each with its record, and the records whose objects are missing.
    func poolObjects(_ name: String, control: RequestControl) async throws(VolumeError) -> [PoolObject]
    /// Returns what ``claimPool(_:control:)`` would do, without changing anything.
    func poolClaim(_ name: String, control: RequestControl) async throws(VolumeError) -> PoolClaim
    /// Identifies the pool by the mark that its location has now, from now on.
    @discardableResult
    func claimPool(_ name: String, control: RequestControl) async throws(VolumeError) -> PoolClaim

    /// Excludes a pool from new volumes; its volumes can be used as before. A pool that is disabled already gets the new
    /// reason.
    ///
    /// - Parameters:
    ///   - reason: a text for people; may be empty for a pool that is to be emptied.
    ///   - drains: whether the pool is to be emptied.
    @discardableResult
    func disablePool(_ name: String, reason: String, drains: Bool) async throws(VolumeError) -> DisabledPool
    /// Lets a pool take new volumes again. Returns whether it was disabled.
    @discardableResult
    func enablePool(_ name: String) async throws(VolumeError) -> Bool

    // MARK: Types

    /// Lists the volume types that the project may use, or all, by their names.
    func types(all: Bool) async throws(VolumeError) -> [VolumeType]
    /// Returns the volume type with this name, if the project may use it.
    func type(named name: String) async throws(VolumeError) -> VolumeType
    /// Creates a volume type.
    @discardableResult
    func createType(_ name: String, _ change: VolumeTypeChange) async throws(VolumeError) -> VolumeType
    /// Changes a volume type. Existing volumes stay in their pools.
    @discardableResult
    func changeType(_ name: String, _ change: VolumeTypeChange) async throws(VolumeError) -> VolumeType
    /// Lets a project use a private volume type, or no longer. Its volumes stay.
    @discardableResult
    func setAccess(of project: String, toType name: String, _ isGranted: Bool) async throws(VolumeError) -> VolumeType
    /// Removes an unused volume type, and returns it as it was.
    @discardableResult
    func removeType(_ name: String) async throws(VolumeError) -> VolumeType

    // MARK: QoS specs

    /// Lists all QoS specs, by their names.
    func qosSpecs() async throws(VolumeError) -> [QoSSpecs]
    /// Returns the QoS specs with this name.
    func qosSpecs(named name: String) async throws(VolumeError) -> QoSSpecs
    /// Creates QoS specs.
    @discardableResult
    func createQoSSpecs(_ name: String, _ change: QoSChange) async throws(VolumeError) -> QoSSpecs
    /// Changes QoS specs.
    @discardableResult
    func changeQoSSpecs(_ name: String, _ change: QoSChange) async throws(VolumeError) -> QoSSpecs
    /// Removes QoS specs and returns them as they were.
    ///
    /// - Parameter force: whether to remove them although volume types refer to them.
    @discardableResult
    func removeQoSSpecs(_ name: String, force: Bool) async throws(VolumeError) -> QoSSpecs
    /// Has a volume type refer to QoS specs, in place of others.
    @discardableResult
    func associateQoSSpecs(_ name: String, withType type: String) async throws(VolumeError) -> QoSSpecs
    /// Has a volume type, or all, no longer refer to QoS specs.
    @discardableResult
    func disassociateQoSSpecs(_ name: String, fromType type: String?) async throws(VolumeError) -> QoSSpecs

    // MARK: Groups

    /// Lists the project's groups, by their names.
    func groups() async throws(VolumeError) -> [VolumeGroup]
    /// Returns the group with this complete name or id.
    func group(named reference: String) async throws(VolumeError) -> VolumeGroup
    /// Returns the volumes of a group, oldest first.
    func volumes(ofGroup reference: String) async throws(VolumeError) -> [Volume]
    /// Creates a group, or returns the same group if it exists.
    @discardableResult
    func createGroup(_ request: GroupRequest) async throws(VolumeError) -> CreatedGroup
    /// Changes a group's name or description.
    @discardableResult
    func changeGroup(_ reference: String, _ change: GroupChange) async throws(VolumeError) -> VolumeGroup
    /// Puts volumes into a group, all or none.
    @discardableResult
    func addToGroup(_ reference: String, _ volumes: [String]) async throws(VolumeError) -> VolumeGroup
    /// Takes volumes out of a group, all or none; they stay volumes of the project.
    @discardableResult
    func removeFromGroup(_ reference: String, _ volumes: [String]) async throws(VolumeError) -> VolumeGroup
    /// Creates a snapshot of each volume of a group, all or none: one after the other, not at one moment. Returns when they are
    /// available, unless `control` says otherwise.
    ///
    /// - Parameter name: the name of each of them, unique in its volume; `nil` for none.
    @discardableResult
    func createGroupSnapshot(
        _ reference: String,
        named name: VolumeName?,
        control: RequestControl
    ) async throws(VolumeError) -> [CreatedSnapshot]
    /// Removes a group, and returns it as it was.
    ///
    /// - Parameter includingVolumes: whether its volumes and their data are removed first; otherwise a group that has some is
    ///   refused.
    @discardableResult
    func removeGroup(
        _ reference: String,
        includingVolumes: Bool,
        control: RequestControl
    ) async throws(VolumeError) -> VolumeGroup

    // MARK: Quota

    /// Returns the project's quota.
    func quota() async throws(VolumeError) -> QuotaStatus
    /// Sets limits of the project's own.
    @discardableResult
    func setQuota(_ change: QuotaChange) async throws(VolumeError) -> QuotaStatus
    /// Compares the recorded usage with the volumes, snapshots and reservations, and returns the quotas as they were found.
    ///
    /// - Parameters:
    ///   - allProjects: whether every project is checked, and not only that of the scope.
    ///   - fixing: whether to record what is counted.
    @discardableResult
    func auditQuota(allProjects: Bool, fixing: Bool) async throws(VolumeError) -> [QuotaStatus]

    /// Lists the projects that have volumes, snapshots, groups, limits of their own or access to private types, by their
    /// names.
    func projects() async throws(VolumeError) -> [Project]

    // MARK: Flows

    /// Lists the project's flows, newest first and at most `limit`, `size` flows a page.
    ///
    /// - Parameter marker: the flow after which the list begins; `nil` for the newest flow.
    func flowPages(after marker: FlowID?, limit: Int, of size: Int) -> Pages<FlowDetail>
    /// Returns a flow and its journal, by its id or the beginning of its id.
    func flow(_ reference: String) async throws(VolumeError) -> (detail: FlowDetail, journal: Listing<JournalEntry>)
    /// Returns the flow id that `reference` is in full: for requests that change a flow.
    func flowID(_ reference: String) async throws(VolumeError) -> FlowID
    /// Waits for a flow to finish, whichever process runs it.
    func wait(for flow: FlowID, control: RequestControl) async throws(VolumeError)
    /// Has a flow reverted, whichever process runs it. Waits for the revert unless `control` says otherwise.
    func cancel(_ flow: FlowID, control: RequestControl) async throws(VolumeError)
    /// Retries the reverts of a flow that could not be undone.
    func retry(_ flow: FlowID, control: RequestControl) async throws(VolumeError)
    /// Gives up a flow that can't be carried on or undone, and returns the objects that it was working on.
    @discardableResult
    func abandon(_ flow: FlowID, forgettingBackend: Bool) async throws(VolumeError) -> AbandonedObjects

    // MARK: Events

    /// Lists the project's events, oldest first, `size` events a page.
    func eventPages(_ selection: EventSelection, of size: Int) -> Pages<Event>
    /// Returns the number of the project's newest event, which grows with every change; 0 without any.
    func newestEvent() async throws(VolumeError) -> Int64

    // MARK: Metrics

    /// Returns the numbers that an operator watches.
    func metrics() async throws(VolumeError) -> [Metric]

    // MARK: Upkeep

    /// Runs an unfinished flow to its end, as soon as no other process runs it.
    func resume(_ flow: FlowID) async throws(VolumeError)
    /// Finishes or reverts the flows of processes that have died, and returns what became of each.
    @discardableResult
    func recover(
        announcing announce: @escaping @Sendable (FlowDetail, _ interruptedStep: String?) -> Void,
        telling tell: @escaping @Sendable (Recovery) -> Void
    ) async throws(VolumeError) -> [Recovery]
    /// Writes a verified copy of the database to `path` while the database is in use.
    func backup(to path: String) async throws(VolumeError)
}
