internal import Identity

/// The attributes of a volume that its owner may change at any time, except ``keyID`` and ``isMultiattach``.
public struct VolumeAttributes: Sendable, Hashable, Codable {
    /// A text for people; may be empty.
    public var description: String
    /// The owner's own keys and values (`cinder: metadata`).
    public var labels: [String: String]
    /// Whether it can't be removed.
    public var isProtected: Bool
    /// Whether a machine can be started from it.
    public var isBootable: Bool
    /// Whether it is only attached in a way that lets nobody write to it.
    public var isReadOnly: Bool
    /// Whether several holders may use it at once, which is decided by its creation and its type (`cinder: multiattach`).
    public var isMultiattach: Bool
    /// The group in which a volume is created; `nil` for none, and for a volume that exists, whose record has it.
    package var group: GroupID?
    /// The id of the key with which its user encrypts it (`cinder: encryption_key_id`), which stays as it was at its
    /// creation; `nil` for none. It is stored, shown and inherited by copies; nothing here encrypts.
    public var keyID: String?

    /// - Parameters:
    ///   - description: a text for people; may be empty.
    ///   - labels: the owner's own keys and values.
    ///   - isProtected: whether it can't be removed.
    ///   - isBootable: whether a machine can be started from it.
    ///   - isReadOnly: whether it is only attached in a way that lets nobody write to it.
    ///   - isMultiattach: whether several holders may use it at once.
    ///   - keyID: the id of the key with which its user encrypts it.
    public init(
        description: String = "",
        labels: [String: String] = [:],
        isProtected: Bool = false,
        isBootable: Bool = false,
        isReadOnly: Bool = false,
        isMultiattach: Bool = false,
        keyID: String? = nil
    ) {
        self.description = description
        self.labels = labels
        self.isProtected = isProtected
        self.isBootable = isBootable
        self.isReadOnly = isReadOnly
        self.isMultiattach = isMultiattach
        self.keyID = keyID
    }

    /// Decodes attributes; those of a version that did not know read-only or multiattach volumes are of neither.
    public init(from decoder: any Decoder) throws {
        let fields = try decoder.container(keyedBy: CodingKeys.self)
        self.init(
            description: try fields.decode(String.self, forKey: .description),
            labels: try fields.decode([String: String].self, forKey: .labels),
            isProtected: try fields.decode(Bool.self, forKey: .isProtected),
            isBootable: try fields.decode(Bool.self, forKey: .isBootable),
            isReadOnly: try fields.decodeIfPresent(Bool.self, forKey: .isReadOnly) ?? false,
            isMultiattach: try fields.decodeIfPresent(Bool.self, forKey: .isMultiattach) ?? false,
            keyID: try fields.decodeIfPresent(String.self, forKey: .keyID)
        )
        group = try fields.decodeIfPresent(GroupID.self, forKey: .group)
    }

    /// Checks that the attributes can be stored and printed.
    ///
    /// A description has at most 255 characters (`cinder: display_description`). A label's key is 1 to 255 letters, digits,
    /// `.`, `_`, `-` or `/` of ASCII, its value at most 255 characters (`cinder: InvalidVolumeMetadataSize`). The id of a key
    /// is a UUID or another text of such characters, or `:`, that does not begin with `-`.
    ///
    /// - Parameter subject: the request, as the words after "cannot".
    /// - Throws: `invalidInput`.
    package func check(to subject: String) throws(VolumeError) {
        func refuse(_ problem: String, _ rule: String) throws(VolumeError) {
            throw VolumeError(
                .invalidInput,
                "cannot \(subject): \(problem)",
                cause: rule,
                remedies: [.advice("correct it, and try again")]
            )
        }
        guard Self.isText(description) else {
            return try refuse("its description can't be stored", "a description is at most \(Self.textRule)")
        }
        for (key, value) in labels {
            guard Self.isKey(key) else {
                return try refuse(
                    "\(key.quoted) is not a valid key of a label",
                    "a key is 1 to 255 letters, digits, '.', '_', '-' or '/' of ASCII"
                )
            }
            guard Self.isText(value) else {
                return try refuse(
                    "the value of label \(key.quoted) can't be stored",
                    "a value is at most \(Self.textRule)"
                )
            }
        }
        if let keyID, !Self.isWord(keyID) {
            return try refuse(
                "\(keyID.quoted) is not the id of a key",
                "it is a UUID, or 1 to 255 letters, digits, '.', '_', '-', '/' or ':' of ASCII, of which the first is not '-'"
            )
        }
        guard labels.count <= Self.mostLabels else {
            return try refuse("it has \(labels.count) labels", "a volume has at most \(Self.mostLabels)")
        }
    }

    private static let textRule = "255 characters, without control characters"
    private static let mostLabels = 128

    /// Whether a text can be stored and printed: at most 255 characters, none of them a control character.
    package static func isText(_ text: String) -> Bool {
        text.count <= 255 && text.utf8.count <= 4 * 255
            && text.unicodeScalars.allSatisfy { $0.properties.generalCategory != .control }
    }

    /// Whether a text is a key that may contain `:`, and that no program takes for an option.
    package static func isWord(_ text: String) -> Bool { isKey(text, with: ":") && !text.hasPrefix("-") }

    /// Whether a text is a key: 1 to 255 letters, digits, `.`, `_`, `-` or `/` of ASCII.
    ///
    /// - Parameter separator: another character that it may contain.
    package static func isKey(_ key: String, with separator: Unicode.Scalar? = nil) -> Bool {
        (1...255).contains(key.utf8.count)
            && key.unicodeScalars.allSatisfy { scalar in
                switch scalar {
                case "A"..."Z", "a"..."z", "0"..."9", ".", "_", "-", "/": true
                case separator: true
                default: false
                }
            }
    }
}

/// A change of a volume's name and attributes. `nil` keeps the present value.
public struct VolumeChange: Sendable, Hashable, Codable {
    /// The new name.
    public var name: VolumeName?
    /// A text for people; may be empty.
    public var description: String?
    /// Labels to add, or to give another value.
    public var labels: [String: String]
    /// The keys of labels to remove. Unknown keys are ignored.
    public var removedLabels: Set<String>
    /// Whether it can't be removed.
    public var isProtected: Bool?
    /// Whether a machine can be started from it.
    public var isBootable: Bool?
    /// Whether it is only attached in a way that lets nobody write to it.
    public var isReadOnly: Bool?

    /// - Parameters:
    ///   - name: the new name.
    ///   - description: a text for people; may be empty.
    ///   - labels: labels to add, or to give another value.
    ///   - removedLabels: the keys of labels to remove. Unknown keys are ignored.
    ///   - isProtected: whether it can't be removed.
    ///   - isBootable: whether a machine can be started from it.
    ///   - isReadOnly: whether it is only attached in a way that lets nobody write to it.
    public init(
        name: VolumeName? = nil,
        description: String? = nil,
        labels: [String: String] = [:],
        removedLabels: Set<String> = [],
        isProtected: Bool? = nil,
        isBootable: Bool? = nil,
        isReadOnly: Bool? = nil
    ) {
        self.name = name
        self.description = description
        self.labels = labels
        self.removedLabels = removedLabels
        self.isProtected = isProtected
        self.isBootable = isBootable
        self.isReadOnly = isReadOnly
    }

    /// `attributes`, changed.
    package func applied(to attributes: VolumeAttributes) -> VolumeAttributes {
        VolumeAttributes(
            description: description ?? attributes.description,
            labels: attributes.labels.filter { !removedLabels.contains($0.key) }.merging(labels) { $1 },
            isProtected: isProtected ?? attributes.isProtected,
            isBootable: isBootable ?? attributes.isBootable,
            isReadOnly: isReadOnly ?? attributes.isReadOnly,
            isMultiattach: attributes.isMultiattach,
            keyID: attributes.keyID
        )
    }
}
