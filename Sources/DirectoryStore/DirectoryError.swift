internal import Glibc
internal import Ownership
public import TaskFlow

/// A store's directory, or a file in it, can't be used.
public struct DirectoryError: StoreError, Hashable {
    /// The kind of an error.
    public struct Code: Sendable, Hashable, CustomStringConvertible {
        /// The code's name.
        public let description: String

        private init(_ description: String) { self.description = description }

        /// A file is truncated, damaged, or not one of the store.
        public static let damaged = Code("damaged")
        /// The directory holds files but no store.
        public static let foreign = Code("foreign")
        /// A newer program has written the directory.
        public static let fromTheFuture = Code("from-the-future")
        /// This process has no permission to read or write the directory or a file.
        public static let notPermitted = Code("not-permitted")
        /// The directory can't be created or opened.
        public static let cannotOpen = Code("cannot-open")
        /// There is no space on the disk.
        public static let full = Code("full")
        /// The disk or the file system failed.
        public static let inputOutput = Code("input-output")
    }

    /// The kind of the error.
    public let code: Code
    /// The file or the directory.
    public let path: String
    /// The problem.
    public let message: String

    init(_ code: Code, _ path: String, _ message: String) {
        self.code = code
        self.path = path
        self.message = message
    }

    /// - Parameter number: the system's error number for `path`.
    init(_ number: Int32, _ path: String) {
        let code: Code =
            switch number {
            case EACCES, EPERM, EROFS: .notPermitted
            case ENOSPC, EDQUOT: .full
            case ENOENT, ENOTDIR, ENAMETOOLONG, EEXIST: .cannotOpen
            case ELOOP: .damaged
            default: .inputOutput
            }
        self.init(code, path, String(cString: strerror(number)))
    }

    init(_ error: OwnerLockError) {
        if error.number == 0 {
            self.init(.damaged, error.path, error.problem)
        } else {
            self.init(error.number, error.path)
        }
    }

    /// Always `true`: steps write nothing of their own to the store.
    public var concernsStore: Bool { true }

    /// The message for a person: what failed and why.
    public var description: String { "'\(path)': \(message) (\(code))" }
}

extension DirectoryError: CustomStringConvertible {}
