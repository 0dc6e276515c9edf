internal import Foundation
internal import SystemPackage
internal import VolumeAPI

/// Reads the text of configuration files.
enum ConfigurationText {
    private static let largest = 1 << 20
    /// The milliseconds after which a silent pipe is given up.
    private static let patience: CInt = 10_000

    /// Reads the file, device or pipe at `place` to its end.
    ///
    /// - Throws: ``VolumeError`` if it can't be read, is too long or not UTF-8, or is a pipe that stays silent.
    static func read(_ place: ConfigurationPath) throws(VolumeError) -> String {
        let bytes: [UInt8]
        do {
            let file = try ObeyedFile.open(place.path)
            bytes = try file.closeAfter { try read(file) }
        } catch let error as VolumeError {
            throw error
        } catch let errno as Errno where errno == .timedOut {
            throw place.unusable(because: "nobody has written to it for \(patience / 1000) seconds")
        } catch {
            throw place.unusable(because: "\(error)")
        }
        guard bytes.count <= largest else { throw place.unusable(because: "it has more than \(largest) bytes") }
        guard let text = String(validating: bytes, as: UTF8.self) else {
            throw place.unusable(because: "it is not UTF-8")
        }
        return text
    }

    /// Reads only once and in pieces, because the file may be a pipe or have no end.
    private static func read(_ file: FileDescriptor) throws -> [UInt8] {
        var bytes: [UInt8] = []
        while bytes.count <= largest {
            try waitForText(file)
            let piece = try [UInt8](unsafeUninitializedCapacity: 1 << 16) { buffer, count in
                count = try file.read(into: UnsafeMutableRawBufferPointer(buffer))
            }
            if piece.isEmpty { break }
            bytes += piece
        }
        return bytes
    }

    private static func waitForText(_ file: FileDescriptor) throws {
        var request = pollfd(fd: file.rawValue, events: Int16(POLLIN), revents: 0)
        let end = ContinuousClock.now + .milliseconds(Int(patience))
        while true {
            let rest = (end - ContinuousClock.now) / .milliseconds(1)
            switch poll(&request, 1, CInt(max(0, rest))) {
            case 0: throw Errno.timedOut
            case 1...: return
            default: if errno != EINTR { throw Errno(rawValue: errno) }
            }
        }
    }
}
