internal import Synchronization

/// A lock that programs inherit while they work on a run, so that the run doesn't count as abandoned when the process
/// that executed them dies before they end.
package struct Lifeline: Sendable {
    /// The lifeline of this task; `nil` if programs that it executes don't work on a run.
    @TaskLocal package static var current: Lifeline?

    /// The descriptors under which a program may inherit the lifeline. Standard input is used unless it is needed for
    /// input, as some programs close all but the standard descriptors, and pass those on to their children.
    package static let childDescriptors: [Int32] = [0, 3]

    private let locks: OwnerLocks
    private let isTrusted: @Sendable () -> Bool
    private let refusal = Refusal()

    /// - Parameters:
    ///   - locks: the locks of this process.
    ///   - isTrusted: whether no other process can have taken the run over. It is asked before each program.
    package init(_ locks: OwnerLocks, isTrusted: @escaping @Sendable () -> Bool = { true }) {
        (self.locks, self.isTrusted) = (locks, isTrusted)
    }

    /// Returns whether a program may begin now. After one that may not, no other may, so that a call of a driver which needs
    /// several programs stops where it is.
    package func mayBegin() -> Bool {
        if !hasRefused && isTrusted() { return true }
        refusal.isMade.store(true, ordering: .relaxed)
        return false
    }

    /// Whether there was a program that could not begin: what has come of the call is unknown then, and others repeat it.
    package var hasRefused: Bool { refusal.isMade.load(ordering: .relaxed) }

    /// Opens a file for a program with the time limit `limit`. The program inherits the file, and the caller closes it.
    /// Reading from it returns the end of the file.
    package func openFile(for limit: Duration) throws(OwnerLockError) -> Int32 {
        guard let file = locks.files.last else { throw OwnerLockError(path: "", problem: "there is no file of locks") }
        return try ProgramLocks(of: locks.own, in: file).openFile(for: limit)
    }
}

/// Whether a program of a lifeline could not begin.
private final class Refusal: Sendable {
    let isMade = Atomic(false)
}
