internal import Identity
internal import VolumeDriver

/// A user-chosen name. It is never part of a path or of a command: backends know a volume by its id.
public struct VolumeName: Sendable, Hashable, CustomStringConvertible {
    /// The name as the user wrote it.
    public let description: String

    /// Accepts 1 to 63 of the characters `A-Z a-z 0-9 . _ -`, starting with a letter or a digit.
    ///
    /// A UUID is refused, because it would be taken for an id.
    public init(validating text: String) throws(VolumeNameError) { try self.init(validating: text, as: "volume") }

    /// Accepts the same for something else that has a name.
    ///
    /// - Parameter noun: what is to be called that, for the error.
    public init(validating text: String, as noun: String) throws(VolumeNameError) {
        guard Self.isWellFormed(text) else {
            let rule = "1 to 63 letters, digits, '.', '_' or '-' of ASCII, of which the first is a letter or a digit"
            throw VolumeNameError("\(text.quoted) is not a \(noun) name: write \(rule)")
        }
        guard VolumeID(text) == nil else {
            throw VolumeNameError("\(text.quoted) is not a \(noun) name: it would be taken for a \(noun)'s id")
        }
        description = text
    }

    private static func isWellFormed(_ text: String) -> Bool {
        guard let first = text.unicodeScalars.first, text.utf8.count <= 63 else { return false }
        return isLetterOrDigit(first) && text.unicodeScalars.dropFirst().allSatisfy(isAllowedInside)
    }

    private static func isAllowedInside(_ scalar: Unicode.Scalar) -> Bool {
        isLetterOrDigit(scalar) || scalar == "." || scalar == "_" || scalar == "-"
    }

    private static func isLetterOrDigit(_ scalar: Unicode.Scalar) -> Bool {
        switch scalar {
        case "A"..."Z", "a"..."z", "0"..."9": true
        default: false
        }
    }
}

extension VolumeName: Codable {
    /// Decodes a string and refuses one that is not a name.
    public init(from decoder: any Decoder) throws {
        let container = try decoder.singleValueContainer()
        let text = try container.decode(String.self)
        do {
            try self.init(validating: text)
        } catch {
            throw DecodingError.dataCorruptedError(in: container, debugDescription: error.description)
        }
    }

    /// Encodes the name as a string.
    public func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        try container.encode(description)
    }
}

/// The reason why a text is not a valid volume name.
public struct VolumeNameError: Error, Sendable, CustomStringConvertible {
    /// One line: the text and the rule that it violates.
    public let description: String

    fileprivate init(_ description: String) { self.description = description }
}
