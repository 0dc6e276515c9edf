internal import Exports
public import Identity
public import Programs
public import VolumeDriver

/// Stores volumes as files, `volume-<uuid>`, in one directory: raw and sparse, raw and fully allocated, or qcow2.
///
/// Needs no privileges except to attach volumes as devices. Keeps no state: each call opens the directory, and verifies
/// that it is a real directory that belongs to this user and that no other user can write to. It is created, with its
/// parents, if something is to be stored in it and it does not exist.
///
/// The first driver of a process makes it ignore `SIGXFSZ`, unless that has a handler, so that a volume above `ulimit
/// -f` fails like any other volume that does not fit.
public struct LoopbackDriver: VolumeDriver {
    /// `loopback`.
    public static let kind = "loopback"

    static let granule: Int64 = 4096

    let directory: String
    let place: PoolPlace
    let options: LoopbackOptions
    /// The pool's mark, which every call requires; `nil` for an unbound driver.
    var poolMark: PoolID?
    let loopDevices: LoopDevices
    let qemuImg: QemuImg
    /// The servers of exported volumes; `nil` without a directory for exports.
    let server: NBDServer?

    /// - Parameters:
    ///   - directory: the directory of the volumes: an absolute path without `.` and `..`, which need not exist yet.
    ///   - options: the format and the limits of the pool.
    ///   - programs: executes QEMU's tools, which qcow2 and exports need.
    public init(
        directory: String,
        options: LoopbackOptions = LoopbackOptions(),
        programs: any ProgramRunner = SystemPrograms()
    ) {
        self.init(directory: directory, options: options, programs: programs, loopDevices: LoopDevices())
    }

    /// - Parameter loopDevices: the kernel's devices; tests provide their own.
    init(
        directory: String,
        options: LoopbackOptions = LoopbackOptions(),
        programs: any ProgramRunner = SystemPrograms(),
        loopDevices: LoopDevices
    ) {
        self.directory = directory
        place = PoolPlace(directory)
        self.options = options
        self.loopDevices = loopDevices
        qemuImg = QemuImg(programs: programs)
        server = options.exportDirectory.map { NBDServer(directory: $0, runner: programs) }
        FileSizeSignal.ignoreUnlessHandled()
    }

    /// The allocation unit is 4 KiB; the pool is thin unless files are allocated when they are created.
    public var capabilities: DriverCapabilities {
        DriverCapabilities(isThin: options.allocation == .sparse, granule: ByteCount(bytes: Self.granule) ?? .zero)
    }

    /// The features that need QEMU's tools, if these are missing, or exports, if there is no suitable directory.
    public var withheldFeatures: DriverFeatures {
        var withheld: DriverFeatures = []
        if server?.isUsable != true { withheld.formUnion([.export, .readOnlyExport]) }
        if options.format == .qcow2, !qemuImg.isInstalled { withheld.formUnion([.extend, .image]) }
        return withheld
    }

    /// Creates the volume's file, or completes or accepts an existing one.
    public func create(_ volume: VolumeID, size: ByteCount, operation: OperationID) async throws(DriverError) {
        try checkSize(size, of: volume)
        guard options.format == .qcow2 else {
            return try await blocking { () throws(DriverError) in
                try openOrMakePool().create(volume, size: size)
            }
        }
        try await making(.volume(volume), size: size) { making throws(DriverError) in
            try await qemuImg.create(making.held, size: size)
        }
    }

    /// Removes the volume's file, unless a loop device is bound to it, a program has it open, or it has snapshots.
    public func delete(_ volume: VolumeID, operation: OperationID) async throws(DriverError) {
        try await blocking { () throws(DriverError) in
            guard let pool = try openPool() else { return }
            try pool.delete(volume, unlessBoundAmong: loopDevices.blockDevices)
        }
    }

    /// Returns the state of the volume's file; an empty one is `partial`.
    public func inspect(_ volume: VolumeID) async throws(DriverError) -> VolumePresence {
        try await presence(of: .volume(volume))
    }

    /// Lists all regular files with the name of a volume, including unfinished ones, in no order.
    public func list() async throws(DriverError) -> [BackendVolume] {
        try await objects()
            .compactMap { name, presence in
                guard case .volume(let id) = name else { return nil }
                return BackendVolume(id: id, presence: presence)
            }
    }

    /// Returns the space of the file system, which others use, too. Blocks reserved for root are not free.
    public func capacity() async throws(DriverError) -> PoolCapacity {
        try await blocking { () throws(DriverError) in try space(counting: options.hasLimit) }
    }

    /// Adds the space that volumes and snapshots take, for which it reads the state of each file.
    public func detailedCapacity() async throws(DriverError) -> PoolCapacity {
        try await blocking { () throws(DriverError) in try space(counting: true) }
    }

    /// The path of the volume's file.
    public func location(of volume: VolumeID) -> String {
        directory + (directory.hasSuffix("/") ? "" : "/") + volume.backendName
    }
}

extension LoopbackDriver {
    /// Refuses a size that no volume can have.
    func checkSize(_ size: ByteCount, of volume: VolumeID) throws(DriverError) {
        guard size > .zero, size.bytes.isMultiple(of: Self.granule) else {
            throw DriverError(
                .refused,
                "cannot make volume '\(volume)' of '\(size.bytes)' bytes: not a positive multiple of \(Self.granule)",
                remedy: "ask for a multiple of \(Self.granule) bytes"
            )
        }
    }

    /// The capacity. Nothing is created for it.
    func space(counting isCounting: Bool) throws(DriverError) -> PoolCapacity {
        try checkTools()
        if let pool = try openPool() { return try pool.capacity(counting: isCounting) }
        return try PoolDirectory.capacity(beforeMaking: place, options, counting: isCounting)
    }

    /// Throws if a missing tool prevents the creation of volumes.
    private func checkTools() throws(DriverError) {
        guard options.format == .qcow2, !qemuImg.isInstalled else { return }
        throw DriverError(
            .unavailable,
            "no volume can be made in pool directory '\(directory)': there is no 'qemu-img'",
            remedy: "install \(QemuImg.package)"
        )
    }

    func presence(of name: PoolFileName) async throws(DriverError) -> VolumePresence {
        try await blocking { () throws(DriverError) in
            guard let pool = try openPool() else { return .absent }
            return try pool.presence(of: name)
        }
    }

    func objects() async throws(DriverError) -> [PoolFileName: VolumePresence] {
        try await blocking { () throws(DriverError) in
            guard let pool = try openPool() else { return [:] }
            return try pool.objects()
        }
    }

    /// Creates an object in an unfinished file and publishes it, unless it exists already.
    func making(
        _ name: PoolFileName,
        size: ByteCount?,
        _ body: (Making) async throws(DriverError) -> Void
    ) async throws(DriverError) {
        let making = try await blocking { () throws(DriverError) in
            try Making.object(name, size: size, in: openOrMakePool())
        }
        guard let making else { return }
        do throws(DriverError) {
            try await body(making)
            try await blocking { () throws(DriverError) in
                if let size { try making.checkSize(size) }
                try making.publish()
            }
        } catch {
            throw making.abandon(after: error)
        }
    }

    /// Creates a file and replaces the object by it.
    func replacing(
        _ volume: VolumeID,
        _ body: (Making, HeldFile) async throws(DriverError) -> Void
    ) async throws(DriverError) {
        let (making, held) = try await blocking { () throws(DriverError) in
            guard let pool = try openPool(), try pool.status(of: volume) != nil else {
                throw missing(volume)
            }
            let making = try Making.replacement(of: .volume(volume), in: pool)
            do throws(DriverError) {
                let held = try HeldFile.volume(volume, in: making.pool)
                try making.pool.checkIsUnbound(held.status, volume, loopDevices.blockDevices)
                try making.pool.checkIsUnused(held, held.status, volume)
                return (making, held)
            } catch {
                throw making.abandon(after: error)
            }
        }
        do throws(DriverError) {
            try await body(making, held)
            try await blocking { () throws(DriverError) in
                try making.checkSize(making.pool.size(of: .volume(volume), held.status) ?? .zero)
                try making.publish(isReplacing: true)
                withExtendedLifetime(held) {}
            }
        } catch {
            throw making.abandon(after: error)
        }
    }

    func missing(_ volume: VolumeID) -> DriverError {
        DriverError(.notFound, "there is no volume file '\(location(of: volume))'")
    }
}
