internal import SQLStore
public import VolumeAPI

extension VolumeService {
    /// Forgets a few of the flows that have ended, of those that are neither young nor new enough: to be called after each
    /// change. Flows that failed and were given up by nobody are kept, and so are the last ones of all volumes.
    ///
    /// - Parameters:
    ///   - days: for how many days after its end a flow is remembered; `nil` for ever.
    ///   - count: as one of how many newest; `nil` for any number.
    /// - Returns: how many were forgotten; none where the database can only be read, or its file system has hardly any room.
    @discardableResult
    public func forgetFlows(olderThan days: Int?, beyond count: Int?) async throws(VolumeError) -> Int {
        do {
            return try await store.forget(
                beyond: HistoryLimits(days: days, flows: count),
                keeping: [FlowReference(table: "volume", column: "flow")]
            )
        } catch {
            throw VolumeError(translating: error)
        }
    }
}
