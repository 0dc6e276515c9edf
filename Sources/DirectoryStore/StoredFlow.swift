internal import TaskFlow

/// A run in the form of its file.
struct StoredFlow: Codable {
    var detail: FlowDetail
    /// The byte that the holder has locked while it is alive; 0 if the run has no holder.
    var ownerLock: Int64
    var journal: [JournalEntry] = []
}
