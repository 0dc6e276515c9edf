import Ownership
import TestKit
import Testing

/// Who waits for what processes have left behind that died.
@Suite(.scratchDirectory)
struct WatchTests {
    @Test func `one task keeps the watch, and the others, in its process and in others, are turned away until it ends`()
        async throws
    {
        let path = ScratchDirectory.path + "/owners"
        let (own, other) = (try OwnerLocks(paths: [path]), try OwnerLocks(paths: [path]))
        let kept: Void? = await own.watching {
            for locks in [own, other] {
                #expect(await locks.watching { Issue.record("two keep the watch") } == nil)
                #expect(own.isWatched && other.isWatched)
            }
        }
        #expect(kept != nil && !own.isWatched && !other.isWatched)
        for locks in [own, other] { #expect(await locks.watching { locks.isWatched } == true) }
    }
}
