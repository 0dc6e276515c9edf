/// How a run of an older version of a flow becomes one of a newer version, when it is taken up.
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
/// What it does is stored by the first transaction of the engine that has taken up the run. If the process dies before
/// that, it is done again.
public struct Upgrade: Sendable {
    /// The version of the runs that it takes.
    public let from: Int
    /// The version that they have afterwards.
    public let to: Int
    let apply: @Sendable (inout StoredRun) throws -> Void

    /// - Parameters:
    ///   - from: the version of the runs that it takes.
    ///   - to: the version that they have afterwards; the next one unless given.
    ///   - apply: changes what is stored of the run. Has no other effect, as it may be done more than once.
    public init(from: Int, to: Int? = nil, _ apply: @escaping @Sendable (inout StoredRun) throws -> Void) {
        self.from = from
        self.to = to ?? from + 1
        self.apply = apply
    }
}
