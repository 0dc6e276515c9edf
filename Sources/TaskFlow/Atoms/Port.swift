/// The name and type of a value that an atom takes or provides.
public struct Port: Sendable, Hashable {
    /// The symbol that names the value in the flow.
    public var name: String
    /// The type of the value, without `Optional`.
    public let type: ObjectIdentifier
    /// The type's name, for messages.
    public let typeName: String
    /// Whether the value may be left out.
    public let isOptional: Bool

    init<Value>(name: String, type: Value.Type, isOptional: Bool = false) {
        self.name = name
        self.type = ObjectIdentifier(type)
        typeName = "\(type)"
        self.isOptional = isOptional
    }

    private init(copying port: Port, isOptional: Bool) {
        (name, type, typeName) = (port.name, port.type, port.typeName)
        self.isOptional = isOptional
    }
}

extension Port {
    /// A copy whose value may be left out.
    var leftOutAtWill: Port { Port(copying: self, isOptional: true) }
}

extension Port: CustomStringConvertible {
    /// The port as a declaration: `size: Int`.
    public var description: String { "\(name): \(typeName)\(isOptional ? "?" : "")" }
}
