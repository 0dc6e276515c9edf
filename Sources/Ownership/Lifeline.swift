/// A lock that programs inherit while they work on a run, so that the run doesn't count as abandoned when the process
/// that executed them dies before they end.
package struct Lifeline: Sendable {
    /// The lifeline of this task; `nil` if programs that it executes don't work on a run.
    @TaskLocal package static var current: Lifeline?

    /// The descriptors under which a program may inherit the lifeline. Standard input is used unless it is needed for
    /// input, as some programs close all but the standard descriptors, and pass those on to their children.
    package static let childDescriptors: [Int32] = [0, 3]

    private let locks: OwnerLocks

    /// - Parameter locks: the locks of this process.
    package init(_ locks: OwnerLocks) { self.locks = locks }

    /// Opens a file for a program with the time limit `limit`. The program inherits the file, and the caller closes it.
    /// Reading from it returns the end of the file.
    package func openFile(for limit: Duration) throws(OwnerLockError) -> Int32 {
        guard let file = locks.files.last else { throw OwnerLockError(path: "", problem: "there is no file of locks") }
        return try ProgramLocks(of: locks.own, in: file).openFile(for: limit)
    }
}
