internal import RBDDriver
internal import VolumeAPI
internal import VolumeDriver

extension DriverKind {
    /// Images in a Ceph pool.
    static let rbd = DriverKind(
        name: RBDDriver.kind,
        options: [
            DriverOption(name: "rbd-pool") { _ in CephAccess.defaultPool },
            DriverOption(name: "rbd-user") { _ in CephAccess.defaultUser },
            DriverOption(name: "rbd-ceph-conf") { _ in CephAccess.defaultConfiguration },
            DriverOption(name: "rbd-keyring"), .exportDirectory,
        ],
        isShared: { _ in RBDDriver.isShared }
    ) { settings in
        let access = try CephAccess(
            pool: settings.cephName("rbd-pool") ?? CephAccess.defaultPool,
            user: settings.cephName("rbd-user") ?? CephAccess.defaultUser,
            configuration: settings.path("rbd-ceph-conf") ?? CephAccess.defaultConfiguration,
            keyring: settings.path("rbd-keyring")
        )
        let driver = RBDDriver(access, directory: try settings.exportDirectory())
        return { () throws(DriverError) in driver }
    }
}

extension DriverSettings {
    fileprivate func cephName(_ key: String) throws(VolumeError) -> String? {
        try value(key, as: "a name of letters, digits, '.', '_' and '-' that begins with a letter or digit") { name in
            CephAccess.isName(name) ? name : nil
        }
    }
}
