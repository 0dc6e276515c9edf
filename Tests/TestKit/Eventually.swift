package import Testing

/// Waits until a condition holds, with a check every few milliseconds. The time limit is only for tests that would
/// hang; no machine is that slow.
///
/// - Throws: what `condition` throws, and an error if it does not hold within ten minutes.
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
