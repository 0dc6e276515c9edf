/// What the programs hold that are executed in a task, so that what they work on is not taken for abandoned when their
/// process dies before them.
package struct Lifeline: Sendable {
    /// The lifeline of this task; `nil` where programs work on nothing that others could take up.
    @TaskLocal package static var current: Lifeline?

    /// The descriptors under which a program may have it: its standard input, if that is not needed for something else, as
    /// some programs close all but the standard ones and pass those on to programs of their own.
    package static let childDescriptors: [Int32] = [0, 3]

    private let locks: OwnerLocks

    /// - Parameter locks: what shows that this process is alive.
    package init(_ locks: OwnerLocks) { self.locks = locks }

    /// Opens a file for a program that takes `limit` at most: to be inherited by that, and closed here. There is nothing to
    /// be read from it.
    package func openFile(for limit: Duration) throws(OwnerLockError) -> Int32 {
        guard let file = locks.files.last else { throw OwnerLockError(path: "", problem: "there is no file of locks") }
        return try ProgramLocks(of: locks.own, in: file).openFile(for: limit)
    }
}
