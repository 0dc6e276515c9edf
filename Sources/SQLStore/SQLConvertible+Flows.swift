public import SQL
public import TaskFlow

extension FlowState: SQLConvertible {}
extension AtomState: SQLConvertible {}
extension JobPriority: SQLConvertible {}

extension RecordedShape: SQLConvertible {
    /// The stored form.
    public var sqlValue: SQLValue { .text(text) }

    /// `nil` when `sqlValue` is not the stored form of such a value.
    public init?(sqlValue: SQLValue) {
        guard case .text(let text) = sqlValue else { return nil }
        self.init(stored: text)
    }
}

extension SQLError: StoreError {}
