internal import Identity
internal import TaskFlow
internal import VolumeAPI

extension ListOptions {
    /// Lists records of any number, page by page unless they are to be sorted. Unreadable records come at the end of their
    /// page, with a warning; a filter leaves them out, as nothing is known of them.
    ///
    /// - Parameters:
    ///   - limit: the largest number of records, which are then sorted; without a filter, `pages` has no more.
    ///   - last: the number of records that are listed, from the end of the list; for a list that is filtered.
    ///   - part: the part of the sorted or filtered list; `pages` begin after its marker unless they are to be sorted.
    ///   - more: waits for further records, which are not sorted; `nil` ends the list.
    ///   - id: what `--quiet` prints.
    ///   - view: a record with all fields, for programs.
    /// - Returns: whether records were left out because of the limit.
    /// - Throws: an error of reading a page, after the pages before it have been printed.
    @discardableResult
    func print<Record: Listable, View: Encodable>(
        _ pages: Pages<Record>,
        by service: any VolumeClient,
        as format: OutputFormat,
        _ output: OutputOptions,
        limit: Int = .max,
        last: Int = .max,
        part: ListPart = ListPart(),
        following more: () async throws -> [Record]? = { nil },
        id: @escaping (Record) -> String,
        view: @escaping (Result<Record, UnreadableRow>) async -> View
    ) async throws -> Bool {
        let plan = try ListPlan<Record>(self)
        guard format == .json, !columns.isEmpty || !Notation.current.isStructured else {
            return try await print(pages, plan, by: service, as: format, output, limit, last, part, more, id, view)
        }
        return try await print(pages, plan, by: service, as: format, output, limit, last, part, more, id) { row in
            if columns.isEmpty && Notation.current == .name { return NamedValues([("name", .string(row.label))]) }
            return NamedValues(await row.members(of: plan.fields(as: format), service))
        }
    }

    private func print<Record: Listable, View: Encodable>(
        _ pages: Pages<Record>,
        _ plan: ListPlan<Record>,
        by service: any VolumeClient,
        as format: OutputFormat,
        _ output: OutputOptions,
        _ limit: Int,
        _ last: Int,
        _ part: ListPart,
        _ more: () async throws -> [Record]?,
        _ id: @escaping (Record) -> String,
        _ view: @escaping (Result<Record, UnreadableRow>) async -> View
    ) async throws -> Bool {
        let fields = plan.fields(as: format)
        var printer = ListPrinter<Result<Record, UnreadableRow>, View>(
            output,
            as: format,
            none: "no \(part.marker == nil ? "" : "more ")\(Record.plural)" + (plan.filter.isEmpty ? "" : " match"),
            columns: fields.map(\.column),
            id: { row in
                switch row {
                case .success(let record): id(record)
                case .failure(let row): row.key
                }
            },
            view: view,
            cells: { row in await row.cells(of: fields, service) }
        )
        let limit = plan.sorts ? limit : min(limit, part.limit)
        var rest = limit
        var kept: [Record] = []
        var unreadable: [UnreadableRow] = []
        var hasBegun = false
        var hasMore = false
        var iterator = pages.makeAsyncIterator()
        do {
            while let page = try await iterator.next() {
                hasBegun = true
                for row in page.unreadable { Console.note("warning: \(row)") }
                var readable: [Record] = []
                for record in page.readable {
                    // The place of the marker in the order counts, whether it matches or not.
                    var isListed = plan.sorts && part.marker == id(record)
                    if !isListed { isListed = await plan.filter.matches(record, service) }
                    if isListed { readable.append(record) }
                }
                let rows = plan.filter.isEmpty ? page.unreadable : []
                hasMore = !plan.filter.isEmpty && readable.count > rest
                if hasMore { readable.removeLast(readable.count - rest) }
                rest -= min(rest, readable.count)
                if plan.sorts || last != .max {
                    kept += readable
                    kept.removeFirst(max(0, kept.count - last))
                    unreadable += rows
                } else {
                    try await printer.print(readable.map { .success($0) } + rows.map { .failure($0) })
                }
                if hasMore { break }
            }
            if plan.filter.isEmpty && limit != .max { hasMore = try await iterator.hasMore() }
            if plan.sorts {
                let sorted = part.cut(await plan.sorted(kept, service), id: id)
                hasMore = hasMore || sorted.hasMore
                let rest = sorted.hasMore ? [] : unreadable
                try await printer.print(sorted.records.map { .success($0) } + rest.map { .failure($0) })
            } else {
                try await printer.print(kept.map { .success($0) })
            }
            while let records = try await more() {
                hasBegun = true
                var readable: [Record] = []
                for record in records where await plan.filter.matches(record, service) { readable.append(record) }
                try await printer.print(readable.map { .success($0) })
            }
        } catch {
            if hasBegun { try? printer.end() }
            throw error
        }
        try printer.end()
        return hasMore
    }
}

extension Result where Success: Listable, Failure == UnreadableRow {
    fileprivate var label: String {
        switch self {
        case .success(let record): record.label
        case .failure(let row): row.name ?? row.key
        }
    }

    fileprivate func cells(of fields: [ListField<Success>], _ service: any VolumeClient) async -> [String] {
        switch self {
        case .success(let record):
            var cells: [String] = []
            for field in fields {
                let value = await field.value(record, service)
                cells.append(field.shown?(record) ?? value.words)
            }
            return cells
        case .failure(let row): return fields.map { row.cell(of: $0.name) ?? "-" }
        }
    }

    fileprivate func members(
        of fields: [ListField<Success>],
        _ service: any VolumeClient
    ) async -> [(key: String, value: JSONValue)] {
        var members: [(key: String, value: JSONValue)] = []
        for field in fields {
            switch self {
            case .success(let record):
                let value = await field.value(record, service)
                // A name is what identifies the record, and words are of no use on a line.
                members.append(
                    (field.key, Notation.current.isStructured ? value.json : value.exactJSON(field.shown?(record)))
                )
            case .failure(let row): members.append((field.key, row.text(of: field.name).map(JSONValue.string) ?? .null))
            }
        }
        return members
    }
}

extension FieldValue {
    /// The value for a line of values.
    fileprivate func exactJSON(_ name: String?) -> JSONValue {
        if case .none = self, let name { return .string(name) }
        if case .words = self { return exact.map(JSONValue.string) ?? .null }
        return json
    }
}

extension UnreadableRow {
    /// The same as a table shows it: people need only the beginning of a flow's id.
    fileprivate func cell(of field: String) -> String? {
        field == "id" ? FlowID(key).flatMap { table == "flow" ? $0.shortened : nil } ?? key : text(of: field)
    }

    /// The text in the field of this name, as far as it is known of the record.
    fileprivate func text(of field: String) -> String? {
        switch field {
        case "name": name ?? key
        case "object": name
        case "id": key
        case "status", "state": unreadableWord
        default: nil
        }
    }
}

/// A record as JSON, or the key of one that can't be read.
private enum Listed<View: Encodable>: Encodable {
    case readable(View)
    case unreadable(String)

    init(_ row: Result<View, UnreadableRow>) {
        switch row {
        case .success(let view): self = .readable(view)
        case .failure(let row): self = .unreadable(row.key)
        }
    }

    func encode(to encoder: any Encoder) throws {
        switch self {
        case .readable(let view): try view.encode(to: encoder)
        case .unreadable(let key): try ["id": key].encode(to: encoder)
        }
    }
}

extension ListCommand {
    /// Lists records that are in memory.
    func print<View: Encodable>(
        _ records: [Record],
        by service: any VolumeClient,
        _ settings: Settings,
        id: @escaping (Record) -> String,
        view: @escaping (Record) -> View
    ) async throws {
        let pages = Pages(of: records.count) { position, _ async throws(VolumeError) in
            (Listing(readable: position == nil ? records : []), last: position == nil ? Int64(records.count) : nil)
        }
        try await list.print(pages, by: service, as: settings.output, output, id: id) { Listed($0.map(view)) }
    }
}
