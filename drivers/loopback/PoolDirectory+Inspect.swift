import Glibc
import SystemPackage
import VolumeDriver

extension PoolDirectory {
    /// What the directory says of the volume's file; `nil` when there is none.
    func status(of volume: VolumeID) throws(DriverError) -> Stat? {
        do throws(Errno) {
            return try directory.status(of: volume.backendName)
        } catch {
            throw DriverError(error, "cannot look at volume file '\(path(of: volume))'")
        }
    }

    /// What there is of the volume.
    func presence(of volume: VolumeID) throws(DriverError) -> VolumePresence {
        guard let status = try status(of: volume) else { return .absent }
        guard status.type == .regular else {
            throw DriverError(
                .broken,
                "'\(path(of: volume))' is \(status.type.words), not a volume",
                remedy: "find out who put it there, and move it away"
            )
        }
        return status.presence
    }

    /// What there is of every volume.
    func volumes() throws(DriverError) -> [BackendVolume] {
        do throws(Errno) {
            var volumes: [BackendVolume] = []
            for name in try directory.names() {
                guard let id = VolumeID(backendName: name) else { continue }
                guard let status = try directory.status(of: name), status.type == .regular else { continue }
                volumes.append(BackendVolume(id: id, presence: status.presence))
            }
            return volumes
        } catch {
            throw DriverError(error, "cannot list pool directory '\(path)'")
        }
    }

    /// The room in the file system.
    func capacity() throws(DriverError) -> PoolCapacity {
        do throws(Errno) {
            let figures = try directory.fileSystem()
            return PoolCapacity(
                total: byteCount(figures.f_blocks, blocksOf: figures.f_frsize),
                free: byteCount(figures.f_bavail, blocksOf: figures.f_frsize)
            )
        } catch {
            throw DriverError(error, "cannot ask for the room in pool directory '\(path)'")
        }
    }

    /// Cut to what a `ByteCount` holds: some network file systems say 2^64 blocks for 'no limit'.
    private func byteCount(_ count: UInt, blocksOf size: UInt) -> ByteCount {
        let (bytes, overflow) = count.multipliedReportingOverflow(by: size)
        return ByteCount(bytes: overflow ? .max : Int64(clamping: bytes)) ?? .zero
    }
}
