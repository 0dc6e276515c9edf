import SystemPackage
import VolumeDriver

extension DriverError {
    /// - Parameters:
    ///   - errno: the system's error, which determines the code and the remedy.
    ///   - message: what failed, in lower case, with the offending values.
    ///   - leftBehind: what may be left on the backend.
    init(_ errno: Errno, _ message: String, leftBehind: String? = nil) {
        self.init(errno.code, message, cause: errno.explanation, remedy: errno.remedy, leftBehind: leftBehind)
    }
}

extension Errno {
    /// `No space left on device (ENOSPC)`.
    var explanation: String { "\(description) (\(name ?? "errno \(rawValue)"))" }

    /// Tells what a caller can do about the error.
    fileprivate var code: DriverError.Code {
        switch self {
        case .noSpace, .diskQuotaExceeded, .fileTooLarge: .retryableElsewhere
        case _ where isUnreachable: .retryableElsewhere
        case .resourceBusy, .textFileBusy: .busy
        case .permissionDenied: .notPermitted
        default: .broken
        }
    }

    /// Tells what a person can do about the error.
    fileprivate var remedy: String? {
        switch self {
        case .noSpace: "free space or inodes in the pool's file system (`df`, `df -i`), or add a pool"
        case .diskQuotaExceeded: "raise the disk quota of the service's user (`quota`), or add a pool"
        case .fileTooLarge: "raise `ulimit -f` for the service, or move the pool to a file system for larger files"
        case _ where isUnreachable: "check that the pool's file system is mounted and answers (`findmnt`, `stat -f`)"
        case .resourceBusy, .textFileBusy: "find what uses the file with `fuser -v`, and end it"
        case .readOnlyFileSystem: "mount the file system for writing; `dmesg` says if an error made it read-only"
        case .ioError: "look for disk errors with `dmesg`"
        case .permissionDenied: "give the service's user access: `namei -l` shows the permissions along the path"
        case .notPermitted: "look for immutable files with `lsattr`"
        case .tooManyOpenFiles, .tooManyOpenFilesInSystem: "raise the limit of open files (`ulimit -n`, `fs.file-max`)"
        default: nil
        }
    }

    /// Whether the directory, or the server of its file system, became unavailable.
    private var isUnreachable: Bool {
        [
            .noSuchFileOrDirectory, .staleNFSFileHandle, .socketNotConnected, .hostIsDown, .noRouteToHost, .timedOut,
            .noSuchAddressOrDevice, .operationNotSupportedByDevice,
        ]
        .contains(self)
    }

    /// Swift can't import Glibc's `strerrorname_np`; these are the errors of calls on files.
    private var name: String? {
        switch self {
        case .notPermitted: "EPERM"
        case .noSuchFileOrDirectory: "ENOENT"
        case .ioError: "EIO"
        case .noSuchAddressOrDevice: "ENXIO"
        case .noMemory: "ENOMEM"
        case .permissionDenied: "EACCES"
        case .resourceBusy: "EBUSY"
        case .fileExists: "EEXIST"
        case .operationNotSupportedByDevice: "ENODEV"
        case .notDirectory: "ENOTDIR"
        case .isDirectory: "EISDIR"
        case .invalidArgument: "EINVAL"
        case .tooManyOpenFilesInSystem: "ENFILE"
        case .tooManyOpenFiles: "EMFILE"
        case .textFileBusy: "ETXTBSY"
        case .fileTooLarge: "EFBIG"
        case .noSpace: "ENOSPC"
        case .readOnlyFileSystem: "EROFS"
        case .fileNameTooLong: "ENAMETOOLONG"
        case .tooManySymbolicLinkLevels: "ELOOP"
        case .noLocks: "ENOLCK"
        case .notSupported: "EOPNOTSUPP"
        case .socketNotConnected: "ENOTCONN"
        case .timedOut: "ETIMEDOUT"
        case .hostIsDown: "EHOSTDOWN"
        case .noRouteToHost: "EHOSTUNREACH"
        case .staleNFSFileHandle: "ESTALE"
        case .diskQuotaExceeded: "EDQUOT"
        default: nil
        }
    }
}
