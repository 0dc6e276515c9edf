/// The place in which a new volume is to be created, beside its pool and the demands of its type.
public struct PlacementRequest: Sendable, Hashable, Codable {
    /// The availability zone; `nil` for any.
    public var zone: String?
    /// Volumes, by their complete names or ids: the pool has to hold one of them.
    public var near: [String]
    /// Volumes, by their complete names or ids: the pool must hold none of them.
    public var apartFrom: [String]
    /// Scheduler hints: `same_host` and `different_host` are ids or names, separated by commas; `query` is JSON.
    public var hints: [String: String]

    /// - Parameters:
    ///   - zone: the availability zone; `nil` for any.
    ///   - near: volumes of which the pool has to hold one.
    ///   - apartFrom: volumes of which the pool must hold none.
    ///   - hints: scheduler hints by their names.
    public init(
        zone: String? = nil,
        near: [String] = [],
        apartFrom: [String] = [],
        hints: [String: String] = [:]
    ) {
        self.zone = zone
        self.near = near
        self.apartFrom = apartFrom
        self.hints = hints
    }
}
