internal import PoolConfiguration
internal import VolumeAPI
internal import Volumes

extension VolumeError {
    /// The same error with a suggestion of which of `known` may be meant by `word`.
    func suggesting(_ word: String, among known: [String]) -> VolumeError {
        guard !known.contains(word), let meant = Spelling.nearest(to: word, among: known) else { return self }
        return VolumeError(
            code,
            "\(message), did you mean '\(meant)'?",
            cause: cause,
            aftermath: aftermath,
            remedies: remedies,
            verdicts: verdicts,
            flow: flow
        )
    }
}

/// Runs `body`; an error about a pool that does not exist gets a suggestion.
func explaining<Result>(_ pool: String?, _ settings: Settings, _ body: () async throws -> Result) async throws -> Result
{
    do {
        return try await body()
    } catch let error as VolumeError {
        guard let pool, error.code == .notFound else { throw error }
        throw error.suggesting(pool, among: settings.pools.map(\.name))
    }
}
