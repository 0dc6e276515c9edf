internal import VolumeAPI

/// A record that commands list.
protocol Listable: Sendable {
    /// The plural of the noun: `volumes`.
    static var plural: String { get }
    /// The fields, in the order of the table's columns.
    static var fields: [ListField<Self>] { get }
    /// The name, or what else identifies the record to a person.
    var label: String { get }
}

/// A field of a record: a column of lists, which filters and sorting know by the same name.
struct ListField<Record>: Sendable {
    /// How values are written in filters, and compared.
    enum Kind: Sendable {
        case text
        /// One of a few words.
        case word([String])
        /// Texts by keys: `label.env`.
        case words
        case flag, number, size, time, age, duration
    }

    /// The tables in which the column is printed without being asked for.
    enum Place: Sendable {
        case everywhere, wideTables, nowhere
    }

    let name: String
    /// Other names that are accepted, such as that of the column in the table.
    let aliases: [String]
    let kind: Kind
    /// The key in JSON and the header in CSV.
    let key: String
    /// The column in a table.
    let column: Table.Column
    let place: Place
    /// The text in a table; `nil` for the words of the value.
    let shown: (@Sendable (Record) -> String)?
    let value: @Sendable (Record, any VolumeClient) async -> FieldValue

    init(
        _ name: String,
        _ kind: Kind = .text,
        aliases: [String] = [],
        key: String? = nil,
        title: String? = nil,
        fit: Table.Column.Fit = .whole,
        place: Place = .everywhere,
        shown: (@Sendable (Record) -> String)? = nil,
        value: @escaping @Sendable (Record, any VolumeClient) async -> FieldValue
    ) {
        (self.name, self.kind, self.place, self.shown, self.value) = (name, kind, place, shown, value)
        let title = title ?? name.uppercased().replacing("_", with: " ")
        self.key = key ?? name
        self.aliases = aliases + [self.key, title.lowercased()]
        let isNumber =
            switch kind {
            case .number, .size, .duration: true
            case .text, .word, .words, .flag, .time, .age: false
            }
        column = Table.Column(title: title, isNumber: isNumber, fit: fit)
    }

    /// A field whose values need no request.
    init(
        _ name: String,
        _ kind: Kind = .text,
        aliases: [String] = [],
        key: String? = nil,
        title: String? = nil,
        fit: Table.Column.Fit = .whole,
        place: Place = .everywhere,
        shown: (@Sendable (Record) -> String)? = nil,
        of value: @escaping @Sendable (Record) -> FieldValue
    ) {
        self.init(
            name,
            kind,
            aliases: aliases,
            key: key,
            title: title,
            fit: fit,
            place: place,
            shown: shown,
            value: { record, _ in value(record) }
        )
    }
}

extension Listable {
    /// Finds a field by the name that somebody has typed.
    ///
    /// - Parameter subject: what failed, if there is no such field.
    /// - Throws: `invalidInput` with the list of the fields.
    static func field(_ name: String, to subject: String) throws(VolumeError) -> ListField<Self> {
        let wanted = name.lowercased()
        if let field = fields.first(where: { $0.name == wanted })
            ?? fields.first(where: { $0.aliases.contains(wanted) })
        {
            return field
        }
        let names = fields.map(\.name)
        throw VolumeError(
            .invalidInput,
            "cannot \(subject): \(plural) have no field \(name.quoted)",
            cause: "the fields are \(names.joined(separator: ", "))",
            remedies: [.command("help filters")]
        )
    }
}
