/// Turns a run of an older version of a flow into one of a newer version, when it is resumed.
///
/// ```swift
/// let flow = try Flow("create-volume", version: 2, taking: CreateRequest.self, upgrades: [
///     Upgrade(from: 1) { run in
///         run.rename("export", to: "export-volume")
///         try run.rewriteOutput(of: "reserve-space") { (old: OldReservation) in
///             ReserveSpace.Output(volume: old.volume, pool: "default")
///         }
///     }
/// ]) { ... }
/// ```
///
/// The result is stored by the first transaction of the engine that resumes the run. If the process dies before that,
/// the upgrade is repeated.
public struct Upgrade: Sendable {
    /// The version of the runs before the upgrade.
    public let from: Int
    /// The version of the runs after the upgrade.
    public let to: Int
    let apply: @Sendable (inout StoredRun) throws -> Void

    /// - Parameters:
    ///   - from: the version of the runs before the upgrade.
    ///   - to: the version of the runs after the upgrade; by default the next one.
    ///   - apply: changes the stored run. It must have no other effects, as it may be repeated.
    public init(from: Int, to: Int? = nil, _ apply: @escaping @Sendable (inout StoredRun) throws -> Void) {
        self.from = from
        self.to = to ?? from + 1
        self.apply = apply
    }
}
