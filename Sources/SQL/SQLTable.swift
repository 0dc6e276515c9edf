/// A table, as the catalogue of its database describes it.
public struct SQLTable: Sendable, Hashable {
    /// The table's name.
    public let name: String
    /// The names of the columns, in the order of the table.
    public let columns: [String]
    /// The columns of the primary key, in its order; empty without one.
    public let key: [String]
    /// The column in which the database numbers the rows, if there is one.
    public let identity: String?
    /// The tables that rows refer to.
    public let references: Set<String>

    /// - Parameters:
    ///   - name: the table's name.
    ///   - columns: the names of the columns, in the order of the table.
    ///   - key: the columns of the primary key, in its order; empty without one.
    ///   - identity: the column in which the database numbers the rows, if there is one.
    ///   - references: the tables that rows refer to.
    public init(name: String, columns: [String], key: [String], identity: String?, references: Set<String>) {
        self.name = name
        self.columns = columns
        self.key = key
        self.identity = identity
        self.references = references
    }
}

extension [SQLTable] {
    /// The tables in an order in which rows refer only to those of earlier tables.
    package var inOrderOfReferences: [SQLTable] {
        var (ordered, rest) = ([SQLTable](), self)
        while !rest.isEmpty {
            let later = Set(rest.map(\.name))
            let next = rest.filter { $0.references.subtracting([$0.name]).isDisjoint(with: later) }
            // Tables that refer to each other have no order; the database refuses rows that refer to missing ones.
            ordered += next.isEmpty ? rest : next
            rest.removeAll { next.isEmpty || next.contains($0) }
        }
        return ordered
    }
}
