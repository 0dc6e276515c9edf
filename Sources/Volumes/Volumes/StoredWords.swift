internal import Foundation
internal import SQL
internal import SQLStore

/// A dictionary of texts in a column of a table: a JSON object with sorted keys.
enum StoredWords {
    /// Encodes a dictionary for its column.
    static func text(_ words: [String: String]) throws -> String {
        guard !words.isEmpty else { return none }
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        return String(decoding: try encoder.encode(words), as: UTF8.self)
    }

    /// Decodes the dictionary in a column.
    static func read(_ row: SQLRow, _ column: Int) throws -> [String: String] {
        let text: String = try row(column)
        guard text != none else { return [:] }
        guard let words = try? JSONDecoder().decode([String: String].self, from: Data(text.utf8)) else {
            throw row.mistake(in: column, "are no words by keys")
        }
        return words
    }

    private static let none = "{}"
}
