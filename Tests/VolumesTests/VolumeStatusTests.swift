import Testing
import VolumeAPI

struct VolumeStatusTests {
    private static let allowed: Set<[VolumeStatus]> = [
        [.creating, .available], [.creating, .error], [.available, .deleting], [.error, .deleting],
        [.deleting, .available], [.deleting, .error], [.deleting, .errorDeleting], [.errorDeleting, .deleting],
        [.errorDeleting, .available], [.available, .extending], [.extending, .available],
        [.extending, .errorExtending], [.errorExtending, .extending], [.errorExtending, .deleting],
        [.deleting, .errorExtending],
        [.available, .uploading], [.uploading, .available],
        [.creating, .downloading], [.downloading, .creating], [.downloading, .available], [.downloading, .error],
        [.available, .reverting], [.error, .reverting], [.reverting, .available],
        [.reverting, .error],
        [.available, .attaching], [.available, .detaching], [.attaching, .inUse],
        [.attaching, .available], [.inUse, .attaching], [.inUse, .detaching], [.inUse, .available], [.inUse, .inUse],
        [.detaching, .available], [.detaching, .inUse], [.inUse, .extending], [.extending, .inUse],
        [.available, .migrating], [.migrating, .available], [.migrating, .errorMigrating],
        [.errorMigrating, .available],
    ]

    @Test(arguments: VolumeStatus.allCases, VolumeStatus.allCases)
    func `a volume only makes the transitions in the table`(_ from: VolumeStatus, _ to: VolumeStatus) {
        #expect(from.successors.contains(to) == Self.allowed.contains([from, to]))
    }
}
