public import SQL
public import TaskFlow

extension FlowState: SQLConvertible {}
extension AtomState: SQLConvertible {}
extension JobPriority: SQLConvertible {}

extension RecordedShape: SQLConvertible {
    /// The stored form.
    public var sqlValue: SQLValue { .text(text) }

    /// Creates a value from its stored form; `nil` if `sqlValue` isn't one.
    public init?(sqlValue: SQLValue) {
        guard case .text(let text) = sqlValue else { return nil }
        self.init(stored: text)
    }
}

extension SQLError: StoreError {}
