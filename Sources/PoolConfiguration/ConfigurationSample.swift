/// The sample configuration, for hosts that have only the program.
public enum ConfigurationSample {
    /// The text of `etc/volumectl.yaml`.
    public static let text = """
        # A sample of volumectl's configuration. Every value in it is the default.
        #
        # Configuration files, in order of precedence: $XDG_CONFIG_HOME/volumectl/config.yaml (~/.config/volumectl/config.yaml),
        # /etc/volumectl/conf.d/*.yaml (of these the last name first), /etc/volumectl/config.yaml. A file that --config or
        # VOLUMECTL_CONFIG names is read instead of all of them. Root does not read ~/.config.
        #
        # Environment variables override files. Their names are VOLUMECTL_ and the key in capitals, with _ for every other character
        # and before a capital that follows a small letter: VOLUMECTL_QUOTA_VOLUMES, VOLUMECTL_POOLS_DEFAULT_PATH.
        #
        # A key or a variable that may be misspelt is refused, because a misspelt limit would not apply. `volumectl config check`
        # checks the configuration, and `volumectl config show --origin` shows the values in force.

        # The directory of the database and of the default pool: /var/lib/volumectl for root, $XDG_STATE_HOME/volumectl
        # (~/.local/state/volumectl) for other users.
        #state-directory: /var/lib/volumectl

        # The SQLite database. It has to be on a local disk, because locks on network file systems are unreliable.
        #db: /var/lib/volumectl/volumectl.db

        # The project whose volumes are used. Each project has its own quota.
        project: default

        # The pool for volumes that name none. Without it, the scheduler chooses the pool with the most free capacity.
        #pool: default

        # The output format: table for people, json for programs.
        output: table

        # The limits of a project: the number of volumes, the total size of volumes and snapshots in GiB, the size of a single volume in
        # GiB, and the number of snapshots. 10, 10G and 10GiB are equal; -1 means unlimited.
        quota:
          volumes: -1
          gigabytes: -1
          per-volume-gigabytes: -1
          snapshots: 10

        # How many days ended flows are kept, and how many of the newest flows; -1 means unlimited. Each command that changes
        # something deletes a few flows that exceed one of these limits, and the database reuses their space. The last flow of each
        # volume is kept, and so are failed flows that were neither retried successfully nor given up.
        history:
          days: 90
          flows: 100000

        # The pools in use. Each of them, except "default", has to be described below, if only by its driver. Other pools may be
        # described, too.
        enabled-pools: [default]

        pools:
          default:
            # The driver, which stores the volumes: loopback as files in a directory, lvm as logical volumes of the group that
            # `volume-group` names. drivers/lvm/README.md describes the keys of lvm. Keys of other drivers are refused.
            driver: loopback

            # The directory, which is created for its owner only. By default pools/NAME in the state directory.
            #path: /var/lib/volumectl/pools/default

            # The format of loopback's files: raw, or qcow2, which needs qemu-img. It can't be changed once the pool has volumes.
            format: raw

            # When the space of raw files is allocated: sparse, when it is written, or full, when a volume is created.
            allocation: sparse

            # The limits of loopback on the total size of volumes and snapshots, and on the space that they take.
            #promised-limit: 500G
            #allocated-limit: 100G

            # The directory of the sockets of exports, by which qemu-nbd serves volumes to virtual machines and other clients: at most
            # 61 bytes. By default exports in the state directory. loopback, lvm and rbd read this key.
            #export-directory: /var/lib/volumectl/exports

            # How many times the capacity of a thin pool may be provisioned. At least 1.
            over-subscription-ratio: 20

            # The percentage of the capacity that is never provisioned.
            reserved-percentage: 0

            # Capabilities that volume types may demand beside volume_backend_name, pool_name, driver, thin_provisioning_support and
            # thick_provisioning_support, which every pool has. Several values of one are separated by commas.
            #capabilities:
            #  media: ssd
        """
}
