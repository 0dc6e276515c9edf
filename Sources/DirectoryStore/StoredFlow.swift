internal import TaskFlow

/// A run as its file holds it.
struct StoredFlow: Codable {
    var detail: FlowDetail
    /// The byte that shows that the holder is alive; 0 if nobody holds the run.
    var ownerLock: Int64
    var journal: [JournalEntry] = []
}
