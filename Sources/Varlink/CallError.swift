/// The answer to a call that failed: an error of the interface, or one of `org.varlink.service`.
public struct CallError: Error, Sendable, Hashable {
    /// The error's full name, such as `io.example.Files.NoSuchFile`.
    public let name: String
    /// What the interface declares for the error.
    public let parameters: [String: JSON]

    /// - Parameters:
    ///   - name: the error's full name.
    ///   - parameters: what the interface declares for the error.
    public init(_ name: String, _ parameters: [String: JSON] = [:]) {
        self.name = name
        self.parameters = parameters
    }

    /// An error with parameters of a Swift type.
    ///
    /// - Throws: ``VarlinkError`` if they aren't written as an object.
    public init(_ name: String, encoding parameters: some Encodable) throws(VarlinkError) {
        guard case .object(let members) = try JSON(encoding: parameters) else {
            throw VarlinkError(.notEncodable, "the parameters of the error '\(name)' are no object")
        }
        self.init(name, members)
    }
}

extension CallError {
    private static func standard(_ name: String, _ parameters: [String: JSON] = [:]) -> CallError {
        CallError("org.varlink.service." + name, parameters)
    }

    /// The service has no interface of that name.
    public static func interfaceNotFound(_ interface: String) -> CallError {
        standard("InterfaceNotFound", ["interface": .string(interface)])
    }

    /// The interface has no method of that name.
    public static func methodNotFound(_ method: String) -> CallError {
        standard("MethodNotFound", ["method": .string(method)])
    }

    /// The service doesn't implement that method of the interface.
    public static func methodNotImplemented(_ method: String) -> CallError {
        standard("MethodNotImplemented", ["method": .string(method)])
    }

    /// The parameter of that name is unknown, missing, or has a value that it may not have.
    public static func invalidParameter(_ parameter: String) -> CallError {
        standard("InvalidParameter", ["parameter": .string(parameter)])
    }

    /// The caller may not do this.
    public static let permissionDenied = standard("PermissionDenied")

    /// The method answers more than once, and has to be called with `more`.
    public static let expectedMore = standard("ExpectedMore")
}

extension CallError: CustomStringConvertible {
    /// The error's name and its parameters.
    public var description: String {
        guard !parameters.isEmpty, let text = try? JSONText.encode(parameters) else { return name }
        return name + " " + String(decoding: text, as: UTF8.self)
    }
}
