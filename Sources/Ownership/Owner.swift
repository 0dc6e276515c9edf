/// Who holds a flow.
package struct Owner: Sendable, Hashable {
    /// For people.
    package let label: String
    /// The byte that shows that it is alive.
    package let lock: Int64

    /// - Parameters:
    ///   - label: for people.
    ///   - lock: the byte that shows that it is alive.
    package init(label: String, lock: Int64) {
        self.label = label
        self.lock = lock
    }
}
