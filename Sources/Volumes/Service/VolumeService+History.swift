internal import SQL
internal import SQLStore
public import VolumeAPI

extension VolumeService {
    /// Deletes the records of a few ended flows that exceed one of the limits, and a few events. Call it after each change.
    /// Failed flows that were not given up, the last flow of each volume and snapshot, and those of idempotency keys are kept.
    ///
    /// - Parameters:
    ///   - days: the age limit of a flow, since its end; `nil` for none.
    ///   - count: how many of the newest flows are kept; `nil` for all.
    /// - Returns: the number of deleted flows; 0 when the database is read-only or its file system is almost full.
    @discardableResult
    public func forgetFlows(olderThan days: Int?, beyond count: Int?) async throws(VolumeError) -> Int {
        do {
            let forgotten = try await store.forget(
                beyond: HistoryLimits(days: days, flows: count),
                keeping: ["volume", "snapshot", KeyTable.schema.name].map { FlowReference(table: $0, column: "flow") }
            )
            if !isReadOnly, (try? store.requireRoom()) != nil {
                // Two for each flow, at its beginning and its end.
                try await forgetEvents(
                    olderThan: days,
                    beyond: count.map { $0.multipliedReportingOverflow(by: 2).overflow ? .max : $0 * 2 }
                )
            }
            return forgotten
        } catch {
            throw VolumeError(translating: error)
        }
    }
}
