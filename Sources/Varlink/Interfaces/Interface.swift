/// A varlink interface, read from its description: what its methods take and return.
///
/// varlink: interface definition. systemd's additional type `any` is one, too.
public struct Interface: Sendable {
    /// The type of a value.
    public indirect enum ValueType: Sendable, Hashable {
        /// `true` or `false`.
        case bool
        /// A number of 64 bits, with a sign.
        case int
        /// Any number.
        case float
        /// A text.
        case string
        /// An object of any members.
        case object
        /// Any value.
        case any
        /// A type of the interface.
        case named(String)
        /// One of these words.
        case enumeration([String])
        /// An object of these members.
        case structure([Field])
        /// A list.
        case array(ValueType)
        /// An object of any names, whose values have one type.
        case map(ValueType)
        /// A value that may be `null` or missing.
        case optional(ValueType)
    }

    /// A member of a structure.
    public struct Field: Sendable, Hashable {
        /// The member's name.
        public let name: String
        /// The type of its value.
        public let type: ValueType
    }

    /// A method.
    public struct Method: Sendable, Hashable {
        /// What a call has as parameters.
        public let parameters: [Field]
        /// What each reply has as parameters.
        public let reply: [Field]
    }

    /// The interface's name, such as `io.example.Files`.
    public let name: String
    /// The description from which the interface was read.
    public let text: String
    /// The types by their names.
    public let types: [String: ValueType]
    /// The methods by their names.
    public let methods: [String: Method]
    /// The members of the errors by the errors' names.
    public let errors: [String: [Field]]

    /// Reads the description of an interface.
    ///
    /// - Parameter text: the text of a `.varlink` file.
    /// - Throws: ``VarlinkError`` with ``VarlinkError/Code/invalidInterface``, which names the line.
    public init(_ text: String) throws(VarlinkError) {
        var parser = InterfaceParser(text)
        try parser.parse()
        self.text = text
        name = parser.name
        types = parser.types
        methods = parser.methods
        errors = parser.errors
    }
}
