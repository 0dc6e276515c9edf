internal import ArgumentParser
internal import Foundation
internal import TaskFlow
internal import VolumeAPI

extension ArgumentHelp {
    /// The help of `--filter`.
    static let filter = ArgumentHelp(
        "Such as 'status=error,size>10G,age>7d'; repeated: or. See 'help filters'.",
        valueName: "filter"
    )
}

/// The options for the records of a list, for their fields and for their order.
struct ListOptions: ParsableArguments {
    @Option(parsing: .unconditionalSingleValue, help: .filter)
    var filter: [String] = []

    @Option(
        name: [.customShort("c"), .customLong("column")],
        parsing: .unconditionalSingleValue,
        help: ArgumentHelp("A field to print, such as name; may be repeated.", valueName: "field")
    )
    var columns: [String] = []

    @Option(
        parsing: .unconditionalSingleValue,
        help: ArgumentHelp("Sort by a field, such as size or size:desc; may be repeated.", valueName: "field")
    )
    var sort: [String] = []

    /// Refuses unknown fields and filters that can't be understood.
    func check<Record: Listable>(_ type: Record.Type) throws { _ = try ListPlan<Record>(self) }
}

/// A command that lists records.
protocol ListCommand: ServiceCommand {
    associatedtype Record: Listable
    var list: ListOptions { get }
}

extension ListCommand {
    func check() throws { try list.check(Record.self) }
}

/// The parsed options of a list.
struct ListPlan<Record: Listable>: Sendable {
    let filter: Filter<Record>
    /// The fields that were asked for.
    let columns: [ListField<Record>]
    private let order: [(field: ListField<Record>, isDescending: Bool)]

    init(_ options: ListOptions) throws(VolumeError) {
        filter = try Filter(options.filter)
        var columns: [ListField<Record>] = []
        for name in options.columns.flatMap({ $0.split(separator: ",", omittingEmptySubsequences: false) }) {
            columns.append(try Record.field(String(name), to: "print \(Record.plural)"))
        }
        self.columns = columns
        var order: [(field: ListField<Record>, isDescending: Bool)] = []
        for text in options.sort {
            let parts = text.split(separator: ":", maxSplits: 1, omittingEmptySubsequences: false)
            let direction = parts.count == 2 ? parts[1] : "asc"
            guard ["asc", "desc"].contains(direction) else {
                throw VolumeError(
                    .invalidInput,
                    "cannot sort \(Record.plural) by \(text.quoted)",
                    cause: "what follows the colon is asc or desc",
                    remedies: [.command("help filters")]
                )
            }
            let field = try Record.field(String(parts[0]), to: "sort \(Record.plural)")
            order.append((field, direction == "desc"))
        }
        self.order = order
    }

    var sorts: Bool { !order.isEmpty }

    /// The fields that are printed in a format.
    func fields(as format: OutputFormat) -> [ListField<Record>] {
        guard columns.isEmpty else { return columns }
        return Record.fields.filter { $0.place == .everywhere || $0.place == .wideTables && format == .wide }
    }

    /// The records in the order that was asked for; equal ones stay in their order.
    func sorted(_ records: [Record], _ service: any VolumeClient) async -> [Record] {
        var rows: [(record: Record, keys: [FieldValue])] = []
        for record in records {
            var keys: [FieldValue] = []
            for (field, _) in order { keys.append(await field.value(record, service)) }
            rows.append((record, keys))
        }
        let places = rows.indices.sorted { left, right in
            for (number, (_, isDescending)) in order.enumerated() {
                let (first, second) = (rows[left].keys[number], rows[right].keys[number])
                if first.precedes(second, descending: isDescending) { return true }
                if second.precedes(first, descending: isDescending) { return false }
            }
            return left < right
        }
        return places.map { rows[$0].record }
    }
}

extension FieldValue {
    /// Missing values come last in both directions.
    fileprivate func precedes(_ other: FieldValue, descending: Bool) -> Bool {
        switch (self, other) {
        case (.none, _), (_, .none): precedes(other)
        default: descending ? other.precedes(self) : precedes(other)
        }
    }
}
