internal import PoolConfiguration
internal import Threads
internal import Varlink
internal import VolumeAPI
internal import Volumes

/// The local API: the methods of `io.volumectl.Volumes`, each answered by a client of the service in the scope of its caller.
///
/// The description of the interface is a file beside this one. Replies are what `-o json` prints.
struct LocalAPI: Sendable {
    /// The members of a reply, with the keys of `-o json`.
    typealias Answer = [String: JSONValue]

    /// Fulfils the requests; its own scope is not used.
    let service: any VolumeClient
    let settings: Settings
    /// Whether the process ends, and with it the replies that would go on for ever.
    let isStopping: @Sendable () -> Bool

    /// The interface as its file describes it.
    static func interface() throws -> Interface {
        try Interface(String(decoding: PackageResources.io_volumectl_Volumes_varlink, as: UTF8.self))
    }

    /// The varlink service that answers the calls.
    ///
    /// - Parameter checksReplies: whether replies are compared with the description, for tests.
    /// - Throws: `VarlinkError` if the code and the description differ, which tests find.
    func makeService(checksReplies: Bool = false) throws -> Service {
        let interface = try Self.interface()
        var service = try Service(
            Service.Info(
                vendor: "volumectl",
                product: "volumectl",
                version: ProgramVersion.current,
                url: "man:volumectl-serve(1)"
            ),
            checksReplies: checksReplies
        ) { error in CallError(error, of: interface) }
        try service.add(
            interface,
            volumeMethods + movingMethods + snapshotMethods + useMethods + poolMethods + hostMethods + typeMethods
                + quotaMethods + flowMethods + eventMethods
        )
        return service
    }

    /// A method with one reply.
    func method<Parameters: Decodable & Sendable>(
        _ name: String,
        _ body: @escaping @Sendable (Parameters, any VolumeClient) async throws -> Answer
    ) -> Handler {
        Handler(name) { (parameters: Parameters, call: Call) in
            try await body(parameters, await client(of: call.caller))
        }
    }

    /// A method that sends a list.
    ///
    /// - Parameter body: calls the function that it is given with each reply.
    func list<Parameters: Decodable & Sendable>(
        _ name: String,
        _ body:
            @escaping @Sendable (Parameters, any VolumeClient, (Answer) async throws -> Void) async throws -> Void
    ) -> Handler {
        Handler.streaming(name) { (parameters: Parameters, call: Call, replies: Replies<Answer>) in
            // The last reply is sent as such.
            var last: Answer?
            try await body(parameters, await client(of: call.caller)) { answer in
                if let last { try await replies.send(last) }
                last = answer
            }
            return last
        }
    }

    /// A method that sends what happens as it happens.
    ///
    /// - Parameter body: returns the last reply; `nil` if there is no more to say.
    func watch<Parameters: Decodable & Sendable>(
        _ name: String,
        _ body: @escaping @Sendable (Parameters, any VolumeClient, Replies<Answer>) async throws -> Answer?
    ) -> Handler {
        Handler.streaming(name) { (parameters: Parameters, call: Call, replies: Replies<Answer>) in
            try await body(parameters, await client(of: call.caller), replies)
        }
    }

    private func client(of caller: Peer) async -> any VolumeClient {
        let scope = await BlockingExecutor.shared.run {
            settings.configuration.scope(ofUser: caller.user, group: caller.group)
        }
        return service.scoped(to: scope)
    }
}

extension LocalAPI.Answer {
    /// A reply with one member.
    init(_ name: String, _ view: some Encodable) throws { self = [name: try JSONValue(encoding: view)] }

    /// The reply with another member.
    func with(_ name: String, _ value: some Encodable) throws -> Self {
        var answer = self
        answer[name] = try JSONValue(encoding: value)
        return answer
    }
}

extension CallError {
    /// The answer to a request that failed: the error of its code, with what `-o json` prints.
    init?(_ error: any Error, of interface: Interface) {
        let error = error as? VolumeError ?? VolumeError(translating: error)
        let words = error.code.description.split(separator: "_")
        let name = words.map { $0.prefix(1).uppercased() + $0.dropFirst() }.joined()
        guard let answer = JSONValue(parsing: ErrorOutput.json(error)) else { return nil }
        // A code of another version, which was stored, has no error of its own.
        let known = interface.errors[name] == nil ? "Unexpected" : name
        try? self.init("\(interface.name).\(known)", encoding: answer)
    }
}
