internal import ArgumentParser
internal import Identity
internal import SQL
internal import VolumeAPI
internal import VolumeDriver

struct ListPoolObjects: ListCommand {
    typealias Record = PoolObject

    static let access = DatabaseAccess.look
    static let configuration = CommandConfiguration(
        commandName: "objects",
        abstract: "List what is on a pool's backend, and to which records it belongs.",
        discussion: """
            The states: ok, as recorded; missing, recorded but not there; differs,
            unfinished or of another size than recorded; elsewhere, recorded in another
            pool; unknown, no record of any project knows it. Others are the status of a
            record that promises nothing now. Unknown objects can be adopted, unless WHY
            says why not.
            """
    )

    @Argument(help: "The pool's name.", completion: .pools) var pool: String

    @Option(
        parsing: .unconditional,
        help: ArgumentHelp("Give up after this time, such as 30s.", valueName: "time")
    )
    var timeout: TimeSpan?

    @OptionGroup var list: ListOptions
    @OptionGroup var output: OutputOptions
    @OptionGroup var options: ServiceOptions

    func run(_ service: any VolumeClient, _ settings: Settings) async throws {
        var control = RequestControl()
        control.deadline = timeout?.deadline
        let interruption = Interruption(.leaves, startWorker: options.startWorker)
        let objects = try await interruption.guarding(reporting: settings.output) { [control, pool] in
            try await service.poolObjects(pool, control: control)
        }
        try await print(objects, by: service, settings, id: \.name) {
            PoolObjectView($0, pool: pool)
        }
    }
}

/// An object of a pool as JSON.
private struct PoolObjectView: Encodable {
    let schema = "volumectl.pool-object/v1"
    let pool: String
    let name: String
    let kind: String
    /// `complete`, `partial` or `missing`.
    let presence: String
    @Nullable var sizeBytes: Int64?
    @Nullable var recordedSizeBytes: Int64?
    /// `volume`, `snapshot` or `other-project`; `null` if no record knows it.
    @Nullable var owner: String?
    /// The id of the project's volume or snapshot.
    @Nullable var id: String?
    @Nullable var label: String?
    let state: String
    let adoptable: Bool
    @Nullable var reason: String?

    init(_ object: PoolObject, pool: String) {
        self.pool = pool
        (name, kind, state) = (object.name, object.kind.rawValue, object.stateWord)
        var size: Int64?
        switch object.presence {
        case .absent: presence = "missing"
        case .partial: presence = "partial"
        case .complete(let found): (presence, size) = ("complete", found.bytes)
        }
        _sizeBytes = Nullable(wrappedValue: size)
        _recordedSizeBytes = Nullable(wrappedValue: object.recordedSize?.bytes)
        var (owner, id, label): (String?, String?, String?)
        switch object.owner {
        case .volume(let volume, let name): (owner, id, label) = ("volume", volume.description, name)
        case .snapshot(let snapshot, let name): (owner, id, label) = ("snapshot", snapshot.description, name)
        case .otherProject: owner = "other-project"
        case nil: break
        }
        (_owner, _id) = (Nullable(wrappedValue: owner), Nullable(wrappedValue: id))
        _label = Nullable(wrappedValue: label)
        adoptable = object.isAdoptable
        _reason = Nullable(wrappedValue: object.obstacle)
    }
}
