internal import ArgumentParser
internal import VolumeAPI

/// The options for the part of a long list that is printed.
struct PageOptions: ParsableArguments {
    @Option(parsing: .unconditional, help: "The maximum number of records.")
    var limit: Int?

    @Option(
        help: ArgumentHelp("Begin after this record of the list: a name or an id.", valueName: "name"),
        completion: .volumesAndSnapshots
    )
    var after: String?

    func validate() throws {
        guard limit ?? 1 > 0 else { throw ValidationError("--limit must be at least 1") }
    }
}

/// The part of a list that is printed.
struct ListPart {
    /// The maximum number of records.
    var limit = Int.max
    /// The id of the record after which the list begins.
    var marker: String?

    /// The part of records that have been sorted, and whether there are more after it.
    func cut<Record>(_ records: [Record], id: (Record) -> String) -> (records: ArraySlice<Record>, hasMore: Bool) {
        var rest = records[...]
        if let marker, let position = rest.firstIndex(where: { id($0) == marker }) {
            rest = rest[(position + 1)...]
        }
        return (rest.prefix(limit), rest.count > limit)
    }
}

extension Pages {
    /// The pages that a list reads for a part of it: all of them if the records are sorted or filtered afterwards.
    func read(for part: ListPart, _ options: ListOptions) -> Pages {
        options.sort.isEmpty && options.filter.isEmpty ? limited(to: part.limit) : self
    }
}
