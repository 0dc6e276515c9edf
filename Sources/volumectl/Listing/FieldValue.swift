internal import Foundation
internal import VolumeAPI
internal import VolumeDriver

/// The value that a record has in a field.
enum FieldValue: Sendable {
    case none
    case text(String)
    /// Texts by their keys, such as labels.
    case words([String: String])
    case flag(Bool)
    case number(Double)
    case size(ByteCount)
    case time(Date)
    /// The time that has passed since then.
    case age(Date)
    /// A time span in seconds.
    case duration(TimeInterval)

    init(_ text: String?) { self = text.map(Self.text) ?? .none }

    init(_ size: ByteCount?) { self = size.map(Self.size) ?? .none }

    /// The value for people.
    var words: String {
        switch self {
        case .none: "-"
        case .text(let text): text
        case .words(let words): words.isEmpty ? "-" : Self.line(of: words, separator: ", ")
        case .flag(let flag): flag ? "yes" : "no"
        case .number(let number): Self.digits(number)
        case .size(let size): "\(size)"
        case .time(let time): time.timestamp
        case .age(let time): time.age
        case .duration(let seconds): seconds.duration
        }
    }

    /// The exact value as text for programs: sizes in bytes, ages and time spans in seconds; `nil` without a value.
    var exact: String? {
        switch self {
        case .none: nil
        case .text(let text): text
        case .words(let words): words.isEmpty ? nil : Self.line(of: words, separator: ",")
        case .flag(let flag): "\(flag)"
        case .number(let number): Self.digits(number)
        case .size(let size): "\(size.bytes)"
        case .time(let time): time.timestamp
        case .age, .duration: rank.map(Self.digits)
        }
    }

    /// The value as JSON.
    var json: JSONValue {
        switch self {
        case .none: .null
        case .text(let text): .string(text)
        case .words(let words): .object(words.mapValues(JSONValue.string))
        case .flag(let flag): .bool(flag)
        case .size(let size): .integer(size.bytes)
        case .time(let time): .string(time.timestamp)
        case .number, .age, .duration: rank.map { Int64(exactly: $0).map(JSONValue.integer) ?? .number($0) } ?? .null
        }
    }

    /// The number by which values are compared; `nil` for a value that is compared as text.
    var rank: Double? {
        switch self {
        case .none, .text, .words: nil
        case .flag(let flag): flag ? 1 : 0
        case .number(let number): number
        case .size(let size): Double(size.bytes)
        case .time(let time): time.timeIntervalSinceReferenceDate
        case .age(let time): max(0, Date().timeIntervalSince(time).rounded(.down))
        // To the millisecond, as times are stored.
        case .duration(let seconds): (max(0, seconds) * 1000).rounded() / 1000
        }
    }

    /// Whether it comes before another value of the same field. Values that are missing come last.
    func precedes(_ other: FieldValue) -> Bool {
        switch (self, other) {
        case (.none, _): false
        case (_, .none): true
        case (.size(let left), .size(let right)): left < right
        case (.time(let left), .time(let right)): left < right
        case (.age(let left), .age(let right)): left > right
        default:
            if let left = rank, let right = other.rank { left < right } else { (exact ?? "") < (other.exact ?? "") }
        }
    }

    private static func line(of words: [String: String], separator: String) -> String {
        words.sorted { $0.key < $1.key }.map { "\($0.key)=\($0.value)" }.joined(separator: separator)
    }

    private static func digits(_ number: Double) -> String { Int64(exactly: number).map(String.init) ?? "\(number)" }
}
