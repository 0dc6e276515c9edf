internal import SQL

/// A statement on its way to the server.
struct Message {
    /// The statement, as its caller has written it.
    let statement: String
    let arguments: ArgumentBuffer
    /// The number of attempts in which the statement was written.
    let depth: Int
    /// The error if the statement doesn't change exactly one row; `nil` if it need not. The server refuses the transaction
    /// then, so that a commit that was sent with the statement has no effect.
    let refusal: (() -> any Error)?
    /// The place of the result, if somebody asks for it later.
    var answer: Answer?

    /// The result of a statement that was sent together with others.
    final class Answer {
        var response: Response?
    }

    /// The statement for an observer.
    var sent: SentStatement {
        SentStatement(
            statement: statement,
            translation: Dialect(text.statement).text,
            arguments: arguments.texts
        )
    }

    /// The text by which the statement is known to the server's dialect and its cache.
    var text: StatementText { StatementText(text: statement, changesRow: refusal != nil) }
}

/// The key of a statement. Hashed by its length: to hash all of its text costs as much as to run a short one.
struct StatementText: Hashable {
    let text: String
    /// Whether the statement fails unless it changes exactly one row.
    let changesRow: Bool

    func hash(into hasher: inout Hasher) { hasher.combine(text.utf8.count) }

    /// The statement in the shared SQL, as the server gets it.
    var statement: String { changesRow ? TransactionTable.requiringRow(text) : text }
}

/// Arguments of a statement as C strings.
struct ArgumentBuffer {
    private var bytes: [CChar] = []
    /// The places of the arguments; `nil` for NULL.
    private var places: [Int?] = []

    init() {}

    /// - Throws: `constraint` for a text with the character NUL, which PostgreSQL can't store.
    init(_ arguments: [any SQLConvertible], of statement: String) throws(SQLError) {
        for argument in arguments {
            switch argument.sqlValue {
            case .null: places.append(nil)
            case .integer(let number): append("\(number)")
            case .text(let text):
                guard !text.utf8.contains(0) else {
                    throw SQLError(
                        .constraint,
                        "a text has the character NUL, which can't be stored",
                        statement: statement
                    )
                }
                append(text)
            }
        }
    }

    /// The arguments; `nil` for NULL.
    var texts: [String?] {
        places.map { place in
            place.map { String(decoding: bytes[$0...].prefix { $0 != 0 }.map(UInt8.init(bitPattern:)), as: UTF8.self) }
        }
    }

    /// The number of arguments.
    var count: Int { places.count }

    mutating func append(_ text: String) {
        places.append(bytes.count)
        bytes.append(contentsOf: text.utf8.lazy.map { CChar(bitPattern: $0) })
        bytes.append(0)
    }

    /// Calls `body` with pointers to the arguments, and a null pointer after them.
    func withPointers<Result>(_ body: (UnsafePointer<UnsafePointer<CChar>?>?) -> Result) -> Result {
        bytes.withUnsafeBufferPointer { bytes in
            let pointers = places.map { place in place.flatMap { bytes.baseAddress?.advanced(by: $0) } } + [nil]
            return pointers.withUnsafeBufferPointer { body($0.baseAddress) }
        }
    }
}
