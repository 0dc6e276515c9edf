import Ownership
import TestKit
import Testing

/// The wait for programs that dead processes have left running.
@Suite(.scratchDirectory)
struct WatchTests {
    @Test func `one task waits for left programs, and all others, in any process, are refused until it ends`()
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
