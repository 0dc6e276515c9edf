import Glibc
import SystemPackage
import VolumeDriver

extension PoolDirectory {
    /// Returns the state of the volume's file; `nil` if there is none.
    func status(of volume: VolumeID) throws(DriverError) -> Stat? { try status(of: .volume(volume)) }

    /// Returns the state of the file; `nil` if there is none.
    func status(of name: PoolFileName) throws(DriverError) -> Stat? {
        do throws(Errno) {
            return try directory.status(of: name.text)
        } catch {
            throw DriverError(error, "cannot look at file '\(path(of: name))'")
        }
    }

    /// Returns the state of the object, from its file or an unfinished one.
    func presence(of name: PoolFileName) throws(DriverError) -> VolumePresence {
        guard let status = try status(of: name) else {
            return try status(of: .partial(name)) == nil ? .absent : .partial
        }
        guard status.type == .regular else {
            throw DriverError(
                .broken,
                "'\(path(of: name))' is \(status.type.words), not a volume",
                remedy: "find out where it came from, and move it away"
            )
        }
        return try presence(of: name, status)
    }

    private func presence(of name: PoolFileName, _ status: Stat) throws(DriverError) -> VolumePresence {
        guard let size = try size(of: name, status), size > .zero else { return .partial }
        return .complete(size)
    }

    /// Returns the virtual size of the object; `nil` if its file is incomplete or not what it should be.
    func size(of name: PoolFileName, _ status: Stat) throws(DriverError) -> ByteCount? {
        guard options.format == .qcow2, status.type == .regular else { return ByteCount(bytes: status.size) }
        do throws(Errno) {
            return try QcowHeader(of: directory.open(name.text, .readOnly, .nonBlocking))
                .flatMap { ByteCount(bytes: $0.size) }
        } catch {
            if error == .noSuchFileOrDirectory { return nil }
            throw DriverError(error, "cannot read file '\(path(of: name))'")
        }
    }

    /// Returns the names of all files of this driver.
    ///
    /// - Parameter isWanted: selects the names to parse.
    func fileNames(where isWanted: (String) -> Bool = { _ in true }) throws(DriverError) -> [PoolFileName] {
        do throws(Errno) {
            return try directory.names().lazy.filter(isWanted).compactMap { PoolFileName($0) }
        } catch {
            throw DriverError(error, "cannot list pool directory '\(path)'")
        }
    }

    /// Returns the state of every object, by its final name.
    func objects() throws(DriverError) -> [PoolFileName: VolumePresence] {
        var objects: [PoolFileName: VolumePresence] = [:]
        for name in try fileNames() {
            guard let status = try status(of: name), status.type == .regular else { continue }
            if case .partial(let name) = name {
                objects[name] = objects[name] ?? .partial
            } else {
                objects[name] = try presence(of: name, status)
            }
        }
        return objects
    }

    /// Returns the space of the file system, within the pool's limits.
    ///
    /// - Parameter isCounting: whether to sum up what volumes and snapshots take.
    func capacity(counting isCounting: Bool) throws(DriverError) -> PoolCapacity {
        try capacity(isCounting ? try usage() : nil)
    }

    /// - Parameter usage: what volumes and snapshots take, if that is counted.
    func capacity(_ usage: PoolUsage?) throws(DriverError) -> PoolCapacity {
        do throws(Errno) {
            let figures = try directory.fileSystem()
            let total = byteCount(figures.f_blocks, blocksOf: figures.f_frsize)
            let free = byteCount(figures.f_bavail, blocksOf: figures.f_frsize)
            let limit = options.allocatedLimit.map { min($0, total) } ?? total
            return PoolCapacity(
                total: limit,
                free: min(free, limit.subtracting(options.allocatedLimit == nil ? .zero : usage?.allocated ?? .zero)),
                logical: usage?.promised,
                logicalLimit: options.promisedLimit,
                allocated: usage?.allocated,
                backing: try backing()
            )
        } catch {
            throw DriverError(error, "cannot read the free space of pool directory '\(path)'")
        }
    }

    /// Identifies the file system on this host (`stat -c %D`).
    private func backing() throws(Errno) -> String {
        let device = try directory.status().deviceID.rawValue
        var name = [CChar](repeating: 0, count: 256)
        _ = gethostname(&name, name.count)
        let host = String(decoding: name.prefix { $0 != 0 }.map(UInt8.init(bitPattern:)), as: UTF8.self)
        return "file system \(String(device, radix: 16)) of host '\(host)'"
    }

    /// Sums up the sizes and the space of volumes and snapshots, including unfinished ones.
    func usage() throws(DriverError) -> PoolUsage {
        var usage = PoolUsage()
        for name in try fileNames() {
            guard let status = try status(of: name), status.type == .regular else { continue }
            let size = try size(of: name, status) ?? .zero
            usage.promised = usage.promised.adding(size) ?? usage.promised
            let taken = ByteCount(bytes: Int64(status.blocksAllocated) * 512) ?? .zero
            usage.allocated = usage.allocated.adding(taken) ?? usage.allocated
        }
        return usage
    }

    /// Limited to the range of `ByteCount`, because some network file systems report 2^64 blocks for 'no limit'.
    private func byteCount(_ count: UInt, blocksOf size: UInt) -> ByteCount {
        let (bytes, overflow) = count.multipliedReportingOverflow(by: size)
        return ByteCount(bytes: overflow ? .max : Int64(clamping: bytes)) ?? .zero
    }
}

/// What volumes and snapshots use of a pool.
struct PoolUsage {
    /// Their total size.
    var promised = ByteCount.zero
    /// The space that they take. Shared blocks count for each file.
    var allocated = ByteCount.zero
}
