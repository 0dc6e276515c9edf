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

        # The database: an SQLite file, which has to be on a local disk, because locks on network file systems are unreliable,
        # or a database on a PostgreSQL server that many hosts share: postgresql://host/database. Passwords belong in
        # ~/.pgpass.
        #db: /var/lib/volumectl/volumectl.db

        # The project whose volumes are used. Each project has its own quota.
        project: default

        # The pool for volumes that name none. Without it, the scheduler chooses the pool with the most free capacity.
        #pool: default

        # The type of volumes for which none is named and which are not copies: a copy has the type of its source. It has to exist.
        #default-type: ssd

        # The output format: table or wide for people; json, jsonl, yaml, csv, value or name for programs.
        output: table

        # The limits of a project: the number of volumes, the total size of volumes and snapshots in GiB, the size of a single volume in
        # GiB, and the numbers of snapshots and groups. 10, 10G and 10GiB are equal; -1 means unlimited, as does that word.
        quota:
          volumes: -1
          gigabytes: -1
          per-volume-gigabytes: -1
          snapshots: 10
          groups: 10

        # Who may do what: users by name or number, groups after @, "*" for everybody. A role includes those before it: readers look,
        # members create, change and remove volumes and snapshots of the project, admins change quotas, types and pools. Without any
        # of these lists everybody is an admin; root always is. Rules give requests another role; `volumectl project policy` lists them
        # with their roles. A policy keeps users from mistakes: who can write the database or choose the configuration can evade it.
        #policy:
        #  readers: ["*"]
        #  members: ["@developers"]
        #  admins: [alice]
        #  rules:
        #    volume:delete: admin

        # How pools are chosen for new volumes, of those that can take them. Each weigher's values, from 0 for the least to 1 for the
        # largest, are multiplied by its factor and added; the heaviest pool is chosen. 0 leaves a weigher out, and a negative factor
        # prefers small values. capacity is what can still be provisioned, allocated-capacity what is provisioned, volume-number the
        # number of volumes, goodness the pool's goodness-function, chance a random number. With the weight handler stochastic, a
        # pool is drawn with a probability proportional to the sum of its values times their factors. When a driver reports that another
        # pool may succeed, the next best pool is tried, up to max-attempts pools in all.
        scheduler:
          weighers:
            capacity: 1.0
            allocated-capacity: 0.0
            volume-number: 0.0
            goodness: 0.0
            chance: 0.0
          weight-handler: heaviest
          max-attempts: 3

        # The name of this host, if several hosts use the database. It is unique among them, and never changes: a pool that only this
        # host reaches is called NAME@HOST. Pools of driver rbd, and of driver external with the key shared, are reached by all hosts
        # and keep their names. Without this key, a database file is of one host, and with a server the machine's own name is used.
        #host: alpha

        # The worker of this host, volumed. It reports the host's pools every report-interval seconds, to hosts for which they are down
        # once the last report is older than report-limit seconds; runs at most flows-per-pool flows at once in a pool; and, when it is
        # told to stop, waits stop-limit seconds for steps that are running. On a server, every process of this host, commands included,
        # holds what it works on for lease seconds after the server has last heard of it; then the others take over.
        worker:
          report-interval: 5
          report-limit: 30
          flows-per-pool: 4
          stop-limit: 20
          lease: 15

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

            # How many times the capacity of a thin pool may be provisioned: at least 1, or auto, which is 20 for an empty pool, and
            # then 1 + provisioned / (used + 1 GiB).
            over-subscription-ratio: 20

            # The percentage of the capacity that is never provisioned.
            reserved-percentage: 0

            # The availability zone, for `create --zone` and the extra spec RESKEY:availability_zones of types.
            #zone: az1

            # An expression that has to hold for a new volume, and one from 0 to 100 for the weigher goodness, in Cinder's grammar:
            # + - * / ^, comparisons, and, or, not, ? :, abs(), max() and min() over numbers, texts and the values stats.NAME,
            # capabilities.NAME, volume.NAME, qos.NAME and extra.NAME.
            #filter-function: volume.size < 500 and stats.total_volumes < 100
            #goodness-function: "stats.free_capacity_gb > 100 ? 100 : 50"

            # Capabilities that volume types may demand beside volume_backend_name, pool_name, driver, thin_provisioning_support,
            # thick_provisioning_support and multiattach, which every pool has. Several values of one are separated by commas.
            #capabilities:
            #  media: ssd
        """
}
