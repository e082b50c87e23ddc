// The lists that connections are in, without knowing what a connection is.
#pragma once

#include <boost/intrusive/list.hpp>

namespace threadkeep::http {

class Connection;

struct OfAll;
struct OfIdle;
using OfAllHook =
    boost::intrusive::list_base_hook<boost::intrusive::tag<OfAll>,
                                     boost::intrusive::link_mode<boost::intrusive::auto_unlink>>;
using OfIdleHook =
    boost::intrusive::list_base_hook<boost::intrusive::tag<OfIdle>,
                                     boost::intrusive::link_mode<boost::intrusive::auto_unlink>>;

struct ConnectionHooks : OfAllHook, OfIdleHook {};

using ConnectionList =
    boost::intrusive::list<ConnectionHooks, boost::intrusive::base_hook<OfAllHook>,
                           boost::intrusive::constant_time_size<false>>;
using IdleList = boost::intrusive::list<ConnectionHooks, boost::intrusive::base_hook<OfIdleHook>,
                                        boost::intrusive::constant_time_size<false>>;

}  // namespace threadkeep::http
