public import Identity
public import TaskFlow
public import VolumeDriver

/// Every request that people and programs have, whoever fulfils it: the service in this process, or a daemon.
///
/// A client asks in one scope, and sees and changes what is that project's. What can't be fulfilled throws a ``VolumeError``
/// that says what failed, why, what is left of it and what to do.
public protocol VolumeClient: Sendable {
    /// In whose name it asks.
    var scope: Scope { get }
    /// The same client, which asks in somebody else's name.
    func scoped(to scope: Scope) -> Self
    /// The same client, which tells what a request does, each time that changes.
    func telling(_ tell: @escaping @Sendable (RequestPhase) -> Void) -> Self

    // MARK: Volumes

    /// Makes a volume, and returns when it is available, or as `control` says.
    func create(_ request: VolumeRequest, control: RequestControl) async throws(VolumeError) -> CreatedVolume
    /// Removes a volume and its data, and returns the flow that does, or has, when it is gone, or as `control` says.
    ///
    /// - Parameter reference: a name or an id, whole.
    @discardableResult
    func delete(_ reference: String, control: RequestControl) async throws(VolumeError) -> FlowID
    /// The volume that a name, an id or the beginning of an id stands for.
    func find(_ reference: String) async throws(VolumeError) -> Volume
    /// The volume of this name or id, both whole: for whatever changes it.
    func volume(named reference: String) async throws(VolumeError) -> Volume
    /// The project's volumes, oldest first, so many a page.
    func volumePages(of size: Int) -> Pages<Volume>
    /// What is known of the volume's data, asked now.
    func backendState(of volume: Volume) async -> BackendState
    /// Whether the volume's data is what the volume promises; `nil` when it is, and when nobody expects that of its status.
    func flaw(of volume: Volume, _ presence: VolumePresence) async -> VolumeError?
    /// Where a person finds the volume on its backend; empty where its driver has not been needed yet.
    func location(of volume: Volume) async -> String
    /// Makes the drivers of all pools that answer, so that ``location(of:)`` knows where their volumes are.
    func prepareDrivers() async

    // MARK: Pools

    /// The pools, in the order of the configuration, each asked now.
    func poolStatuses() async throws(VolumeError) -> [PoolStatus]
    /// A pool, asked now, with what its volumes really take.
    func poolStatus(_ name: String) async throws(VolumeError) -> PoolStatus
    /// What the pool's driver has found out about it, asked now; nothing if it can't.
    func poolHealth(_ name: String) async throws(VolumeError) -> [HealthFinding]
    /// What ``claimPool(_:control:)`` would do. Changes nothing.
    func poolClaim(_ name: String, control: RequestControl) async throws(VolumeError) -> PoolClaim
    /// Knows the pool by the mark that is in its place from now on.
    @discardableResult
    func claimPool(_ name: String, control: RequestControl) async throws(VolumeError) -> PoolClaim

    // MARK: Quota

    /// The project's quota.
    func quota() async throws(VolumeError) -> QuotaStatus
    /// Gives the project limits of its own.
    @discardableResult
    func setQuota(_ change: QuotaChange) async throws(VolumeError) -> QuotaStatus

    // MARK: Flows

    /// The project's last `limit` flows, newest first, so many a page.
    func flowPages(limit: Int, of size: Int) -> Pages<FlowDetail>
    /// A flow and what has happened in it, by its id or the beginning of that.
    func flow(_ reference: String) async throws(VolumeError) -> (detail: FlowDetail, journal: Listing<JournalEntry>)
    /// The id that `reference` is, whole: for whatever changes a flow.
    func flowID(_ reference: String) async throws(VolumeError) -> FlowID
    /// Waits for a flow to finish, whoever carries it on.
    func wait(for flow: FlowID, control: RequestControl) async throws(VolumeError)
    /// Has a flow reverted, whoever carries it on, and waits for that unless `control` says otherwise.
    func cancel(_ flow: FlowID, control: RequestControl) async throws(VolumeError)
    /// Tries once more what a flow could not undo.
    func retry(_ flow: FlowID, control: RequestControl) async throws(VolumeError)
    /// Gives up a flow that nobody can carry on or undo, and returns the volumes at which it was at work.
    @discardableResult
    func abandon(_ flow: FlowID, forgettingBackend: Bool) async throws(VolumeError) -> [Volume]

    // MARK: Upkeep

    /// Carries on a flow that has not finished, as soon as nobody else does, to its end.
    func resume(_ flow: FlowID) async throws(VolumeError)
    /// Finishes or undoes what processes that have died were doing, and tells of it.
    @discardableResult
    func recover(
        announcing announce: @escaping @Sendable (FlowDetail, _ interruptedStep: String?) -> Void,
        telling tell: @escaping @Sendable (Recovery) -> Void
    ) async throws(VolumeError) -> [Recovery]
    /// Writes a checked copy of the database to `path`, while it is in use.
    func backup(to path: String) async throws(VolumeError)
}
