internal import ArgumentParser
internal import Identity
internal import SQL
internal import VolumeAPI
internal import VolumeDriver

struct ListPoolObjects: ServiceCommand {
    static let access = DatabaseAccess.look
    static let configuration = CommandConfiguration(
        commandName: "objects",
        abstract: "List what is on a pool's backend, and to which records it belongs.",
        discussion: """
            The states: ok, as recorded; missing, recorded but not there; differs, unfinished or
            of another size than recorded; elsewhere, recorded in another pool; unknown, no
            record of any project knows it. Others are the status of a record that promises
            nothing now. Unknown objects can be adopted, unless WHY says why not.
            """
    )

    @Argument(help: "The pool's name.") var pool: String

    @Option(
        parsing: .unconditional,
        help: ArgumentHelp("Give up after this time, such as 30s.", valueName: "time")
    )
    var timeout: TimeSpan?

    @OptionGroup var output: OutputOptions
    @OptionGroup var options: ServiceOptions

    func run(_ service: any VolumeClient, _ settings: Settings) async throws {
        var control = RequestControl()
        control.deadline = timeout?.deadline
        let interruption = Interruption(.leaves, startWorker: options.startWorker)
        let objects = try await interruption.guarding(reporting: settings.output) { [control, pool] in
            try await service.poolObjects(pool, control: control)
        }
        try await output.print(
            objects.map { PoolObjectView($0, pool: pool) },
            as: settings.output,
            ids: objects.map(\.name),
            none: "no objects",
            columns: [
                .init(title: "OBJECT"), .init(title: "KIND"), .init(title: "SIZE", isNumber: true),
                .init(title: "BELONGS TO"), .init(title: "STATE"), .init(title: "WHY", fit: .shortened),
            ]
        ) { row(objects[$0]) }
    }

    private func row(_ object: PoolObject) -> [String] {
        var size = "-"
        if case .complete(let found) = object.presence { size = "\(found)" }
        let owner =
            switch object.owner {
            case .volume(_, let label), .snapshot(_, let label): label
            case .otherProject: "another project"
            case nil: "-"
            }
        let why =
            switch object.state {
            case .recorded, .unsettled, .missing: ""
            case .differs: object.recordedSize.map { "its record says \($0)" } ?? "its record can't be read"
            case .elsewhere: "its record says another pool"
            case .unknown: object.obstacle ?? ""
            }
        return [object.name, object.kind.rawValue, size, owner, object.stateWord, why]
    }
}

extension PoolObject {
    /// The state for people and programs: the status of a record that promises nothing.
    fileprivate var stateWord: String {
        switch state {
        case .recorded: "ok"
        case .unsettled: recordedStatus ?? state.rawValue
        case .differs, .missing, .elsewhere, .unknown: state.rawValue
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
        adoptable = object.state == .unknown && object.obstacle == nil
        _reason = Nullable(wrappedValue: object.obstacle)
    }
}
