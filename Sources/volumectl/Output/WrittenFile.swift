internal import Foundation
internal import VolumeAPI

/// A file that a command writes for readers who find it complete at any time.
struct WrittenFile {
    private let url: URL
    /// What it holds, as the subject of messages: `the metrics`.
    private let subject: String
    private let permissions: Int

    /// - Parameters:
    ///   - subject: what it holds, as the subject of messages.
    ///   - permissions: the permissions of the file.
    init(_ path: String, of subject: String, permissions: Int) {
        (url, self.subject, self.permissions) = (URL(fileURLWithPath: path), subject, permissions)
    }

    /// Checks that it can be written, without doing so.
    func check() throws(VolumeError) {
        guard faccessat(AT_FDCWD, url.deletingLastPathComponent().path, W_OK | X_OK, AT_EACCESS) == 0 else {
            throw refusal(String(cString: strerror(errno)))
        }
        guard (try? url.resourceValues(forKeys: [.isDirectoryKey]))?.isDirectory != true else {
            throw refusal(String(cString: strerror(EISDIR)))
        }
    }

    /// Writes a new file and renames it, so that nobody reads a part of it.
    func write(_ text: String) throws(VolumeError) {
        let draft = url.deletingLastPathComponent()
            .appendingPathComponent(".\(url.lastPathComponent).\(UUID().uuidString)")
        do {
            try Data(text.utf8).write(to: draft, options: .withoutOverwriting)
            try FileManager.default.setAttributes([.posixPermissions: permissions], ofItemAtPath: draft.path)
            guard rename(draft.path, url.path) == 0 else { throw POSIXError(POSIXErrorCode(rawValue: errno) ?? .EIO) }
        } catch {
            try? FileManager.default.removeItem(at: draft)
            throw refusal((error as? POSIXError)?.localizedDescription ?? error.localizedDescription)
        }
    }

    private func refusal(_ cause: String) -> VolumeError {
        VolumeError(
            .invalidInput,
            "\(subject) can't be written to \(url.path.quoted)",
            cause: cause,
            remedies: [.advice("name a file in a directory that exists and that you can write to")]
        )
    }
}
