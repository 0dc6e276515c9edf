package import Testing

/// Waits until a condition holds, looking every few milliseconds. The end of the wait is for tests that would hang: no machine is
/// so slow.
///
/// - Throws: what `condition` throws, and an error when it does not hold within ten minutes.
package func eventually(
    sourceLocation: SourceLocation = #_sourceLocation,
    _ condition: () async throws -> Bool
) async throws {
    let end = ContinuousClock.now + .seconds(600)
    while try await !condition() {
        try #require(ContinuousClock.now < end, "not even after ten minutes", sourceLocation: sourceLocation)
        try await Task.sleep(for: .milliseconds(5))
    }
}
