internal import Glibc
internal import Ownership
public import TaskFlow

/// What is wrong with a store's directory, or with a file in it.
public struct DirectoryError: StoreError, Hashable {
    /// What kind of trouble it is.
    public struct Code: Sendable, Hashable, CustomStringConvertible {
        /// For people: what kind of trouble it is.
        public let description: String

        private init(_ description: String) { self.description = description }

        /// A file is not what a store writes: cut short, changed, or another's.
        public static let damaged = Code("damaged")
        /// The directory is somebody else's: it holds files and no store.
        public static let foreign = Code("foreign")
        /// A newer program has written the directory.
        public static let fromTheFuture = Code("from-the-future")
        /// The directory or a file may not be read or written.
        public static let notPermitted = Code("not-permitted")
        /// The directory can't be made or opened.
        public static let cannotOpen = Code("cannot-open")
        /// No room on the disk.
        public static let full = Code("full")
        /// The disk or the file system failed.
        public static let inputOutput = Code("input-output")
    }

    /// What kind of trouble it is.
    public let code: Code
    /// The file or the directory.
    public let path: String
    /// What is wrong with it.
    public let message: String

    init(_ code: Code, _ path: String, _ message: String) {
        self.code = code
        self.path = path
        self.message = message
    }

    /// - Parameter number: what the system said of `path`.
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

    /// Always: a step writes nothing here of which this could be the fault.
    public var concernsStore: Bool { true }

    /// For people: what failed, and why.
    public var description: String { "'\(path)': \(message) (\(code))" }
}

extension DirectoryError: CustomStringConvertible {}
