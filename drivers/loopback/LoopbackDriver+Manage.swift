public import Identity
import SystemPackage
public import VolumeDriver

extension LoopbackDriver: ManagingDriver {
    /// Lists the other files in the directory; only regular ones can be managed.
    public func manageableObjects() async throws(DriverError) -> [ManageableObject] {
        try await blocking { () throws(DriverError) in
            guard let pool = try openPool() else { return [] }
            return try pool.manageableObjects(loopDevices.blockDevices)
        }
    }

    /// Renames a file to the volume's name.
    public func manage(
        _ name: String,
        as volume: VolumeID,
        operation: OperationID
    ) async throws(DriverError) -> ByteCount {
        try await blocking { () throws(DriverError) in
            let name = try ObjectName(name)
            guard let pool = try openPool() else { throw missing(volume) }
            let found = try pool.presence(of: .volume(volume))
            guard let status = try pool.status(of: name) else {
                if case .complete(let size) = found { return size }
                throw DriverError(.notFound, "there is no file '\(pool.path(of: name))'")
            }
            guard found == .absent else { throw pool.isTaken(pool.path(of: volume)) }
            let object = try pool.object(name, status, loopDevices.blockDevices)
            if let obstacle = object.obstacle {
                throw DriverError(
                    .refused,
                    "file '\(pool.path(of: name))' can't be a volume: \(obstacle)",
                    remedy: "correct that first"
                )
            }
            try pool.checkIsUnused(name)
            try pool.rename(name.text, to: volume.backendName)
            return object.size
        }
    }

    /// Renames the volume's file.
    public func unmanage(_ volume: VolumeID, as name: String, operation: OperationID) async throws(DriverError) {
        try await blocking { () throws(DriverError) in
            let name = try ObjectName(name)
            guard let pool = try openPool() else { throw missing(volume) }
            let isThere = try pool.status(of: name) != nil
            guard try pool.status(of: volume) != nil else {
                if isThere { return }
                throw missing(volume)
            }
            let held = try HeldFile.volume(volume, in: pool)
            defer { withExtendedLifetime(held) {} }
            if isThere { throw pool.isTaken(pool.path(of: name)) }
            try pool.checkHasNoSnapshots(volume)
            try pool.checkIsUnbound(held.status, volume, loopDevices.blockDevices)
            try pool.checkIsUnused(held, held.status, volume)
            try pool.rename(volume.backendName, to: name.text)
        }
    }
}

/// A valid name of a foreign file: plain, so that no tool interprets it.
private struct ObjectName {
    let text: String

    init(_ text: String) throws(DriverError) {
        let isPlain = text.utf8.allSatisfy { byte in
            switch byte {
            case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
                UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "."), UInt8(ascii: "_"), UInt8(ascii: "-"):
                true
            default: false
            }
        }
        let isFile = (1...255).contains(text.utf8.count) && !text.hasPrefix(".") && !text.hasPrefix("-")
        guard isPlain, isFile, PoolFileName(text) == nil else {
            throw DriverError(
                .refused,
                "\(text.debugDescription) can't be the name of a file to manage or unmanage",
                cause:
                    "it is a volume's, has other characters than letters, digits, '.', '_' and '-', or begins with one of these three",
                remedy: "rename the file, or choose another name"
            )
        }
        self.text = text
    }
}

extension PoolDirectory {
    fileprivate func path(of name: ObjectName) -> String { path.appending(name.text).string }

    fileprivate func status(of name: ObjectName) throws(DriverError) -> Stat? {
        do throws(Errno) {
            return try directory.status(of: name.text)
        } catch {
            throw DriverError(error, "cannot look at file '\(path(of: name))'")
        }
    }

    /// Throws `busy` if any program has the file open.
    fileprivate func checkIsUnused(_ name: ObjectName) throws(DriverError) {
        let file: HeldFile
        do throws(Errno) {
            file = try HeldFile(reading: directory.open(name.text, .readOnly, .nonBlocking))
        } catch {
            throw DriverError(error, "cannot open file '\(path(of: name))'")
        }
        try FileUsers.check(file, file.status, at: path(of: name))
    }

    fileprivate func isTaken(_ path: String) -> DriverError {
        DriverError(.refused, "there is a file '\(path)' already", remedy: "choose another name")
    }

    fileprivate func rename(_ name: String, to newName: String) throws(DriverError) {
        do throws(Errno) {
            try directory.rename(name, to: newName)
            try directory.synchronize()
        } catch {
            if error == .fileExists { throw isTaken(path.appending(newName).string) }
            throw DriverError(error, "cannot rename file '\(path.appending(name))' to '\(newName)'")
        }
    }

    fileprivate func manageableObjects(_ blockDevices: String) throws(DriverError) -> [ManageableObject] {
        let names: [String]
        do throws(Errno) {
            names = try directory.names()
        } catch {
            throw DriverError(error, "cannot list pool directory '\(path)'")
        }
        var objects: [ManageableObject] = []
        for text in names {
            guard let name = try? ObjectName(text), let status = try status(of: name), status.type != .directory else {
                continue
            }
            objects.append(try object(name, status, blockDevices))
        }
        return objects
    }

    fileprivate func object(
        _ name: ObjectName,
        _ status: Stat,
        _ blockDevices: String
    ) throws(DriverError) -> ManageableObject {
        do throws(Errno) {
            var size = status.size
            var obstacle = status.flawAsVolume.map { "it is \($0)" }
            if obstacle == nil, options.format == .qcow2 {
                let header = try QcowHeader(of: directory.open(name.text, .readOnly, .nonBlocking))
                size = header?.size ?? size
                obstacle = header == nil ? "it is not of format 'qcow2'" : header?.flaw.map { "it has \($0)" }
            }
            if obstacle == nil, size <= 0 || size % LoopbackDriver.granule != 0 {
                obstacle = "its size is no positive multiple of \(LoopbackDriver.granule) bytes"
            }
            if obstacle == nil,
                let device = try BoundLoopDevice.serving(status, named: name.text, among: blockDevices).first
            {
                obstacle = "it is bound to '\(device.path)'"
            }
            return ManageableObject(name: name.text, size: ByteCount(bytes: size) ?? .zero, obstacle: obstacle)
        } catch {
            throw DriverError(error, "cannot look at file '\(path(of: name))'")
        }
    }
}
