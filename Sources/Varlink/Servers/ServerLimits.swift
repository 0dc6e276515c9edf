/// What a server allows its clients.
public struct ServerLimits: Sendable, Hashable {
    /// The length of a call in bytes.
    public var callBytes = 1 << 20
    /// The number of descriptors that may come with a call.
    public var callDescriptors = 16
    /// How long a call may take from its first byte to its last one.
    public var callTime = Duration.seconds(10)
    /// How long a client may take to read a reply.
    public var replyTime = Duration.seconds(10)
    /// The number of connections of all users.
    public var connections = 1024
    /// The number of connections of one user.
    public var connectionsPerUser = 128

    /// The default limits.
    public init() {}

    /// varlink: no message is longer; this is systemd's limit, too.
    static let replyBytes = 1 << 24
}

/// What happened to a server that no client is told.
public enum ServerEvent: Sendable {
    /// A connection was closed at once, since there are as many as there may be.
    case refused(Peer)
    /// A connection was ended, since the client broke the protocol, or took too long, or went away.
    case dropped(Peer, VarlinkError)
    /// A handler failed in a way that its interface has no error for, and the connection was ended.
    case failed(Call, any Error)
    /// A connection could not be accepted; the server tries again.
    case notAccepted(VarlinkError)
}
