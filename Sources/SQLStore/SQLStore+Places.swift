public import FoundationEssentials
internal import SQL
public import TaskFlow

/// The runs that wait for a place.
public struct PlaceQueue: Sendable, Hashable {
    /// The place.
    public let place: Place
    /// The number of runs that wait for it.
    public let count: Int
    /// The time since which the first of them has waited.
    public let since: Date
}

extension SQLStore {
    /// Returns the processes that held a run before the one of ``FlowDetail/owner``, oldest first.
    public func holders(of flow: FlowID) async throws -> [FormerHolder] {
        try await read { try FlowTable(connection: $0).holders(of: flow) }
    }

    /// Returns the readable runs that wait for a place, those that have waited longest first, without their shapes. Each
    /// has waited since ``FlowDetail/updatedAt``.
    ///
    /// - Parameter place: the place; any if `nil`.
    public func waiting(for place: Place? = nil, limit: Int) async throws -> [FlowDetail] {
        try await read { try FlowTable(connection: $0).waiting(for: place, limit: limit).readable }
    }

    /// Returns, for each place that runs wait for, how many do so and since when, in the order of the places' names. The
    /// cost grows with the number of such runs, not with that of all runs.
    public func queues() async throws -> [PlaceQueue] {
        try await read { try FlowTable(connection: $0).queues() }
    }
}
