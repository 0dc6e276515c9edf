extension TransactionTable {
    /// The code of the error in the SQL standard when a statement doesn't change exactly one row: a division by zero.
    static let refusalState = "22012"

    /// A statement in the shared SQL that fails, and with it its transaction, if `statement` doesn't change exactly one row.
    static func requiringRow(_ statement: String) -> String {
        """
        WITH changed AS (\(statement) RETURNING 1) \
        SELECT 1 / CASE WHEN COUNT(*) = 1 THEN 1 ELSE 0 END FROM changed
        """
    }
}
