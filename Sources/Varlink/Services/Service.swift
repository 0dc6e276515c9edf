/// Interfaces with what answers their calls. Every service also answers those of `org.varlink.service`.
public struct Service: Sendable {
    /// What a service says about itself.
    public struct Info: Codable, Sendable, Hashable {
        /// Who makes the service.
        public let vendor: String
        /// The program.
        public let product: String
        /// The program's version.
        public let version: String
        /// Where to read about it.
        public let url: String

        /// - Parameters:
        ///   - vendor: who makes the service.
        ///   - product: the program.
        ///   - version: the program's version.
        ///   - url: where to read about it.
        public init(vendor: String, product: String, version: String, url: String) {
            (self.vendor, self.product, self.version, self.url) = (vendor, product, version, url)
        }
    }

    struct Registration: Sendable {
        let interface: Interface
        let handlers: [String: Handler]
    }

    let info: Info
    let checksReplies: Bool
    let translate: @Sendable (any Error) -> CallError?
    private(set) var registrations: [String: Registration] = [:]
    /// The names of the interfaces in the order in which they were added.
    private(set) var names: [String] = []

    /// - Parameters:
    ///   - info: what the service says about itself.
    ///   - checksReplies: whether every reply is compared with its declaration, and held back with
    ///     ``VarlinkError/Code/invalidInterface`` if it differs; for tests.
    ///   - translate: makes an answer of an error of a handler that is no ``CallError``. If it returns `nil`, as it
    ///     always does if it isn't given, the connection is ended, because no answer would be true.
    /// - Throws: nothing unless the standard interface's own description is defective.
    public init(
        _ info: Info,
        checksReplies: Bool = false,
        translate: @escaping @Sendable (any Error) -> CallError? = { _ in nil }
    ) throws(VarlinkError) {
        self.info = info
        self.checksReplies = checksReplies
        self.translate = translate
        try describeSelf()
    }

    /// Adds an interface.
    ///
    /// - Parameters:
    ///   - interface: the interface, whose description clients get.
    ///   - handlers: what answers its methods. A call of one without a handler is answered with `MethodNotImplemented`.
    /// - Throws: ``VarlinkError`` with ``VarlinkError/Code/invalidInterface`` if the interface is there already, if a
    ///   method has two handlers, or if it isn't declared.
    public mutating func add(_ interface: Interface, _ handlers: [Handler]) throws(VarlinkError) {
        guard registrations[interface.name] == nil else {
            throw VarlinkError(.invalidInterface, "the interface '\(interface.name)' is added twice")
        }
        try register(interface, handlers)
        try describeSelf()
    }

    private mutating func register(_ interface: Interface, _ handlers: [Handler]) throws(VarlinkError) {
        var byName: [String: Handler] = [:]
        for handler in handlers {
            guard interface.methods[handler.method] != nil else {
                throw VarlinkError(.invalidInterface, "'\(interface.name)' declares no method '\(handler.method)'")
            }
            guard byName.updateValue(handler, forKey: handler.method) == nil else {
                throw VarlinkError(.invalidInterface, "'\(interface.name).\(handler.method)' has two handlers")
            }
        }
        if registrations.updateValue(Registration(interface: interface, handlers: byName), forKey: interface.name)
            == nil
        {
            names.append(interface.name)
        }
    }

    private mutating func describeSelf() throws(VarlinkError) {
        let standard = try Interface(StandardInterface.text)
        if names.isEmpty { names = [standard.name] }
        let texts = registrations.mapValues(\.interface.text).merging([standard.name: standard.text]) { $1 }
        registrations[standard.name] = Registration(
            interface: standard,
            handlers: StandardInterface.handlers(info, names, texts)
        )
    }
}
