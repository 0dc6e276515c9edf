internal import RBDDriver
internal import VolumeDriver

extension DriverKind {
    /// Images in a pool of Ceph's.
    static let rbd = DriverKind(
        name: RBDDriver.kind,
        options: ["rbd-pool", "rbd-user", "rbd-ceph-conf", "rbd-keyring", "export-directory"]
            .map { DriverOption(name: $0) }
    ) { settings in
        let access: CephAccess
        do throws(DriverError) {
            access = try CephAccess(
                pool: settings["rbd-pool"] ?? CephAccess.defaultPool,
                user: settings["rbd-user"] ?? CephAccess.defaultUser,
                configuration: settings["rbd-ceph-conf"] ?? CephAccess.defaultConfiguration,
                keyring: settings["rbd-keyring"]
            )
        } catch {
            throw settings.error("driver", error.message)
        }
        let driver = RBDDriver(access, directory: try settings.exportDirectory())
        return { () throws(DriverError) in driver }
    }
}
