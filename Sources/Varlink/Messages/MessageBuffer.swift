/// A message without the NUL that ended it, and the descriptors that came with it.
struct Message: Sendable {
    var bytes: [UInt8] = []
    var descriptors: [Descriptor] = []
}

/// Puts messages together from the pieces in which they arrive.
struct MessageBuffer: Sendable {
    /// What a message may have.
    private let limits: MessageLimits
    private var half = Message()
    private var complete: [Message] = []

    init(_ limits: MessageLimits) { self.limits = limits }

    /// Whether a part of a message has arrived, which is not complete.
    var hasHalf: Bool { !half.bytes.isEmpty || !half.descriptors.isEmpty }

    /// Takes the next piece.
    ///
    /// The descriptors belong to the message of the piece's last byte: the kernel passes no byte that was sent after
    /// them together with them, but those before.
    ///
    /// - Throws: ``VarlinkError`` if a message is longer than it may be, or has more descriptors.
    mutating func append(_ piece: some Collection<UInt8>, _ descriptors: [Descriptor] = []) throws(VarlinkError) {
        var rest = piece[...]
        while let end = rest.firstIndex(of: 0) {
            try lengthen(by: rest[..<end])
            rest = rest[rest.index(after: end)...]
            if rest.isEmpty { try attach(descriptors) }
            complete.append(half)
            half = Message()
        }
        guard !rest.isEmpty else { return }
        try lengthen(by: rest)
        try attach(descriptors)
    }

    private mutating func lengthen(by bytes: some Collection<UInt8>) throws(VarlinkError) {
        guard half.bytes.count + bytes.count <= limits.bytes else {
            throw VarlinkError(.tooLarge, "a message is longer than \(limits.bytes) bytes")
        }
        half.bytes += bytes
    }

    private mutating func attach(_ descriptors: [Descriptor]) throws(VarlinkError) {
        guard half.descriptors.count + descriptors.count <= limits.descriptors else {
            throw VarlinkError(.descriptorsLost, "more than \(limits.descriptors) descriptors came with a message")
        }
        half.descriptors += descriptors
    }

    /// Returns the oldest complete message, once.
    mutating func next() -> Message? { complete.isEmpty ? nil : complete.removeFirst() }
}

/// What a message may have.
struct MessageLimits: Sendable {
    let bytes: Int
    let descriptors: Int
}
