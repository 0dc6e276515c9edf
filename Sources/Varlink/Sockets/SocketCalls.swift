internal import Glibc

/// What was read from a socket at once.
struct Received {
    var bytes: [UInt8] = []
    var descriptors: [Descriptor] = []
    /// Whether the kernel had more descriptors than this process could take.
    var hasLost = false
}

/// Bytes and descriptors to and from a socket, without waiting.
enum SocketCalls {
    /// The most descriptors that the kernel passes at once.
    static let mostDescriptors = 253
    private static let headerSize = align(MemoryLayout<cmsghdr>.size)

    private static func align(_ size: Int) -> Int {
        let word = MemoryLayout<Int>.size
        return (size + word - 1) / word * word
    }

    /// Reads what is there; no bytes at the end.
    ///
    /// - Returns: `nil` if there is nothing yet.
    static func receive(_ socket: Int32) throws(VarlinkError) -> Received? {
        var received = Received()
        let controlSize = headerSize + align(mostDescriptors * MemoryLayout<Int32>.size)
        let failure: Int32 = withUnsafeTemporaryAllocation(byteCount: controlSize, alignment: 8) { control in
            var failure: Int32 = 0
            received.bytes = [UInt8](unsafeUninitializedCapacity: 1 << 16) { buffer, count in
                var part = iovec(iov_base: buffer.baseAddress, iov_len: buffer.count)
                var header = msghdr()
                header.msg_control = control.baseAddress
                header.msg_controllen = control.count
                let flags = Int32(MSG_DONTWAIT | MSG_CMSG_CLOEXEC)
                let result = withUnsafeMutablePointer(to: &part) { part in
                    header.msg_iov = part
                    header.msg_iovlen = 1
                    return SystemCalls.retry { recvmsg(socket, &header, flags) }
                }
                count = max(0, result)
                guard result >= 0 else {
                    failure = errno
                    return
                }
                received.descriptors = descriptors(in: UnsafeRawBufferPointer(control).prefix(header.msg_controllen))
                received.hasLost = header.msg_flags & Int32(MSG_CTRUNC) != 0
            }
            return failure
        }
        switch failure {
        case 0: return received
        case EAGAIN: return nil
        // The other side has closed the connection without reading all.
        case ECONNRESET: return Received()
        default: throw VarlinkError(.closed, "the connection can't be read", errno: failure)
        }
    }

    /// Takes the descriptors from control messages.
    private static func descriptors(in control: Slice<UnsafeRawBufferPointer>) -> [Descriptor] {
        var descriptors: [Descriptor] = []
        var rest = control
        while rest.count >= headerSize {
            let header = UnsafeRawBufferPointer(rebasing: rest)
            let length = header.loadUnaligned(as: Int.self)
            guard length >= headerSize, length <= rest.count else { break }
            let level = header.loadUnaligned(fromByteOffset: MemoryLayout<Int>.size, as: Int32.self)
            let kind = header.loadUnaligned(fromByteOffset: MemoryLayout<Int>.size + 4, as: Int32.self)
            if level == SOL_SOCKET, kind == Int32(SCM_RIGHTS) {
                for offset in stride(from: headerSize, through: length - 4, by: 4) {
                    descriptors.append(Descriptor(owning: header.loadUnaligned(fromByteOffset: offset, as: Int32.self)))
                }
            }
            rest = rest.dropFirst(align(length))
        }
        return descriptors
    }

    /// Sends as many of the bytes as there is room for, the descriptors with the first one.
    ///
    /// - Returns: their number; `nil` if there is no room.
    static func send(
        _ bytes: ArraySlice<UInt8>,
        _ descriptors: [Descriptor],
        to socket: Int32
    ) throws(VarlinkError) -> Int? {
        let length = headerSize + descriptors.count * MemoryLayout<Int32>.size
        let (result, failure) = withUnsafeTemporaryAllocation(byteCount: align(length), alignment: 8) { control in
            bytes.withUnsafeBytes { bytes in
                // `sendmsg` doesn't write to what it sends.
                var part = iovec(iov_base: UnsafeMutableRawPointer(mutating: bytes.baseAddress), iov_len: bytes.count)
                var header = msghdr()
                if !descriptors.isEmpty {
                    control.initializeMemory(as: UInt8.self, repeating: 0)
                    control.storeBytes(of: length, as: Int.self)
                    control.storeBytes(of: SOL_SOCKET, toByteOffset: MemoryLayout<Int>.size, as: Int32.self)
                    let kind = Int32(SCM_RIGHTS)
                    control.storeBytes(of: kind, toByteOffset: MemoryLayout<Int>.size + 4, as: Int32.self)
                    for (index, descriptor) in descriptors.enumerated() {
                        control.storeBytes(of: descriptor.number, toByteOffset: headerSize + index * 4, as: Int32.self)
                    }
                    header.msg_control = control.baseAddress
                    header.msg_controllen = control.count
                }
                let result = withUnsafeMutablePointer(to: &part) { part in
                    header.msg_iov = part
                    header.msg_iovlen = 1
                    let flags = Int32(MSG_DONTWAIT | MSG_NOSIGNAL)
                    return SystemCalls.retry { sendmsg(socket, &header, flags) }
                }
                return (result, errno)
            }
        }
        guard result < 0 else { return result }
        guard failure != EAGAIN else { return nil }
        throw VarlinkError(.closed, "the connection can't be written to", errno: failure)
    }
}
