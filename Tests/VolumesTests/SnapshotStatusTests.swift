import Testing
import VolumeAPI

struct SnapshotStatusTests {
    private static let allowed: Set<[SnapshotStatus]> = [
        [.creating, .available], [.creating, .error], [.available, .deleting], [.error, .deleting],
        [.deleting, .available], [.deleting, .error], [.deleting, .errorDeleting], [.errorDeleting, .deleting],
        [.errorDeleting, .available], [.available, .uploading], [.uploading, .available],
    ]

    @Test(arguments: SnapshotStatus.allCases, SnapshotStatus.allCases)
    func `a snapshot moves along the table and nowhere else`(_ from: SnapshotStatus, _ to: SnapshotStatus) {
        #expect(from.successors.contains(to) == Self.allowed.contains([from, to]))
    }
}
